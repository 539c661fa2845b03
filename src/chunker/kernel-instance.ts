import { KERNEL_WASM_BASE64 } from "./kernel.wasm.ts";

/** Functions of the compiled kernel; see `kernel/gear.ts` and `kernel/xor.ts`. Addresses count from the start of memory. */
export interface KernelFunctions {
  configure(minBytes: number, targetBytes: number, maxBytes: number, bitsBefore: number, bitsAfter: number): void;
  nextCut(start: number, end: number, last: boolean): number;
  xorPrepare(): void;
  xorReset(): void;
  xorUpdate(start: number, length: number, firstBlock: number): void;
  xorAccumulator(): bigint;
  xorDigest(totalLength: number): bigint;
}

/** One kernel with a memory of its own. */
export interface KernelInstance {
  readonly functions: KernelFunctions;
  readonly memory: Uint8Array<ArrayBuffer>;
}

/** The part of the WebAssembly API in use. TypeScript declares it for browsers only. */
interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: { readonly env: { readonly memory: object } }) => { readonly exports: KernelFunctions };
}
const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

const PAGE_BYTES = 65_536;

/** Where the window begins; the page below holds the kernel's tables. */
export const WINDOW_ADDRESS: number = PAGE_BYTES;

let compiled: object | undefined;

/** Makes a kernel with at least `windowBytes` of window. Synchronous: the module is 3 KB and compiled once a thread. */
export function instantiateKernel(windowBytes: number): KernelInstance {
  compiled ??= new wasm.Module(Buffer.from(KERNEL_WASM_BASE64, "base64"));
  const pages = 1 + Math.ceil(windowBytes / PAGE_BYTES);
  const memory = new wasm.Memory({ initial: pages, maximum: pages });
  const { exports: functions } = new wasm.Instance(compiled, { env: { memory } });
  functions.xorPrepare();
  return { functions, memory: new Uint8Array(memory.buffer) };
}
