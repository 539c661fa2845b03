import { BlockList, isIP } from "node:net";

/** True when `address` lies in a range of `sip`, which is one address or two with a hyphen between. */
export function inAddressRange(address: string, range: string): boolean {
  const [first = "", last = first, ...more] = range.split("-");
  const family = isIP(first) === 6 ? "ipv6" : "ipv4";
  if (more.length > 0 || isIP(first) === 0 || isIP(first) !== isIP(last)) return false;
  const list = new BlockList();
  try {
    list.addRange(first, last, family);
  } catch {
    // A range that ends before it begins holds nothing.
    return false;
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return list.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}
