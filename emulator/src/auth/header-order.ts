/** Compares two lower-case header names: negative when the first comes first. */
export type HeaderOrder = (a: string, b: string) => number;

/** By code unit: the documented order, which the Go SDK (AzCopy, rclone) signs in. */
export const ordinalOrder: HeaderOrder = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * As the service itself sorts, and with it the JavaScript and .NET SDKs: hyphens count only between names that are otherwise
 * equal, and underscores come before digits, digits before letters.
 */
export const linguisticOrder: HeaderOrder = (a, b) => {
  const primary = ordinalOrder(primaryKey(a), primaryKey(b));
  return primary === 0 ? hyphenOrder(a, b) : primary;
};

function primaryKey(name: string): string {
  return name.replaceAll("-", "").replaceAll("_", " ");
}

/** Of two names that differ in their hyphens alone, the one whose hyphen stands further left comes last. */
function hyphenOrder(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    if (a[index] === b[index]) continue;
    return a[index] === "-" ? 1 : -1;
  }
  return 0;
}
