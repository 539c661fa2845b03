// Where things lie in the kernel's memory. The host writes the Gear table and reads files into the window, which starts at 64 KiB.

/** 256 little-endian 64-bit words. */
export const GEAR_TABLE: u32 = 0;
/** Raw hash of n zero words, for n = 0 to 512. */
export const ZERO_HASHES: u32 = 2048;
