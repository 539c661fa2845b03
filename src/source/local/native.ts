import * as koffi from "koffi";
import { assert } from "../../shared/assert.ts";
import type { ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";

/** A C function. Numbers stand for integers and addresses, arrays for pointers to their bytes. Negative results mean failure. */
export type NativeFunction = (...args: readonly (number | Uint8Array)[]) => number;

/** C types the bindings use. Addresses go as integers: that saves 0.5 us a call against passing views. */
export type NativeType = "int" | "uint32_t" | "int64_t" | "uintptr_t" | "void *";

/** Memory that never moves, with its address. Whoever passes the address to C keeps the object alive. */
export interface NativeMemory {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly address: number;
}

const library = loadLibrary();

function loadLibrary(): koffi.LibraryHandle {
  if (process.platform !== "linux" || (process.arch !== "x64" && process.arch !== "arm64")) {
    throw new AppError({
      code: "E_PLATFORM",
      what: "cannot use local files on this platform",
      why: `file trees are read and written through Linux system calls; this is ${process.platform} on ${process.arch}`,
      hint: "run Varve on Linux (x86-64 or arm64), for instance in a container",
    });
  }
  const failures: unknown[] = [];
  for (const name of ["libc.so.6", "libc.so"]) {
    try {
      return koffi.load(name);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AppError({
    code: "E_PLATFORM",
    what: "cannot load the C library",
    why: "neither libc.so.6 (glibc) nor libc.so (musl) could be loaded",
    hint: "use a Linux system with glibc 2.28 or musl 1.2.1, or later ones",
    cause: failures[0],
  });
}

/** Binds a C function by name. */
export function bind(name: string, result: NativeType, args: readonly NativeType[]): NativeFunction {
  return library.func(name, result, [...args]);
}

/** The `errno` of this thread: valid directly after a call that failed. */
export function lastErrno(): number {
  return koffi.errno();
}

/** Puts back the `errno` of a call that failed before some cleaning up. */
export function setErrno(errno: number): void {
  koffi.errno(errno);
}

/** Memory for C to read and write, zeroed. An explicit ArrayBuffer: V8 keeps and moves small typed arrays on its own heap. */
export function allocateNative(length: number): NativeMemory {
  const bytes = Buffer.from(new ArrayBuffer(length));
  return { bytes, address: Number(koffi.address(bytes)) };
}

/** Longest path the kernel takes, its final NUL included. */
const PATH_BYTES_MAX = 4096;

/** Space for the two strings that one call may need; a longer one is cut so that the kernel still answers ENAMETOOLONG. */
const strings = [allocateNative(PATH_BYTES_MAX + 1), allocateNative(PATH_BYTES_MAX + 1)] as const;

/** Address of `text` as a C string, valid until the next call with the same `slot`. */
export function cString(text: ByteString, slot: 0 | 1 = 0): number {
  assert(!text.includes("\0"), "a name with NUL never reaches C");
  const { bytes, address } = strings[slot];
  bytes[bytes.write(text, 0, PATH_BYTES_MAX, "latin1")] = 0;
  return address;
}
