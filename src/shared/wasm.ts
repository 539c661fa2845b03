/** Memory of WebAssembly; threads can have it in common when it was made `shared`. */
export interface WasmMemory<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly buffer: B;
}

/** The part of the WebAssembly API in use. TypeScript declares it for browsers only. */
interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number; readonly shared: boolean }) => WasmMemory;
  readonly Instance: new (module: object, imports: { readonly env: { readonly memory: WasmMemory } }) => { readonly exports: unknown };
}
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** Memory comes in pages of this size. */
export const WASM_PAGE_BYTES = 65_536;

/** Memory of `bytes`, rounded up to whole pages. It takes room when it is touched and not before. */
export function wasmMemory(bytes: number): WasmMemory<ArrayBuffer> {
  return memoryOf(bytes, false) as WasmMemory<ArrayBuffer>;
}

/** The same for several threads. */
export function sharedWasmMemory(bytes: number): WasmMemory<SharedArrayBuffer> {
  return memoryOf(bytes, true) as WasmMemory<SharedArrayBuffer>;
}

/** Compiles a module that was written down as base64. Synchronous, so for small ones. */
export function compileWasm(base64: string): object {
  return new api.Module(Buffer.from(base64, "base64"));
}

/** The functions of a module over a memory; that they are what `Functions` says is up to the caller. */
export function instantiateWasm<Functions>(module: object, memory: WasmMemory): Functions {
  return new api.Instance(module, { env: { memory } }).exports as Functions;
}

function memoryOf(bytes: number, shared: boolean): WasmMemory {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new api.Memory({ initial: pages, maximum: pages, shared });
}
