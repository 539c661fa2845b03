import { WASM_PAGE_BYTES, compileWasm, instantiateWasm, wasmMemory } from "../shared/wasm.ts";
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

/** Where the window begins; the page below holds the kernel's tables. */
export const WINDOW_ADDRESS: number = WASM_PAGE_BYTES;

let compiled: object | undefined;

/** Makes a kernel with at least `windowBytes` of window. Synchronous: the module is 3 KB and compiled once a thread. */
export function instantiateKernel(windowBytes: number): KernelInstance {
  compiled ??= compileWasm(KERNEL_WASM_BASE64);
  const memory = wasmMemory(WINDOW_ADDRESS + windowBytes);
  const functions = instantiateWasm<KernelFunctions>(compiled, memory);
  functions.xorPrepare();
  return { functions, memory: new Uint8Array(memory.buffer) };
}
