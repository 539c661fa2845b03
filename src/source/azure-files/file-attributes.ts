/** Names of the service for FILE_ATTRIBUTE_* bits. A name it adds later is kept by none of them: see `attributeBits`. */
const BITS: ReadonlyMap<string, number> = new Map([
  ["ReadOnly", 0x1],
  ["Hidden", 0x2],
  ["System", 0x4],
  ["Directory", 0x10],
  ["Archive", 0x20],
  ["Temporary", 0x100],
  ["Offline", 0x1000],
  ["NotContentIndexed", 0x2000],
  ["NoScrubData", 0x20000],
]);

/** The bits of `Archive | ReadOnly`. `None` and `Normal` are no bits; names that are not known are left out. */
export function attributeBits(text: string): number {
  let bits = 0;
  for (const name of text.split("|")) bits |= BITS.get(name.trim()) ?? 0;
  return bits;
}

/** The bits as the service takes them; `None` for none. What a directory is says the request, not this. */
export function attributeText(bits: number): string {
  const names = [...BITS].filter(([name, bit]) => (bits & bit) !== 0 && name !== "Directory").map(([name]) => name);
  return names.length === 0 ? "None" : names.join(" | ");
}
