/** Bytes that passed the network interfaces since the machine started. */
export interface NetworkCounters {
  readonly received: number;
  readonly sent: number;
  /** To and from servers on this machine; each byte counts once. */
  readonly loopback: number;
}

/** Interfaces whose traffic passes another one that is counted: bridges, tunnels, ends of containers, bonds, VLANs. */
const COUNTED_ELSEWHERE = /^(?:veth|br-|docker|virbr|cni|flannel|cali|bond|team|dummy|ifb|tun|tap|wg)|\./;
/** Name; received bytes and seven more columns; sent bytes. */
const LINE = /^ *([^\s:]+): *(\d+)(?: +\d+){7} +(\d+) /gm;

/** Reads /proc/net/dev; undefined when it lists nothing. */
export function parseNetworkCounters(text: string): NetworkCounters | undefined {
  let found = false;
  const sum = { received: 0, sent: 0, loopback: 0 };
  for (const [, name = "", received, sent] of text.matchAll(LINE)) {
    found = true;
    if (name === "lo") sum.loopback += Number(received);
    else if (!COUNTED_ELSEWHERE.test(name)) {
      sum.received += Number(received);
      sum.sent += Number(sent);
    }
  }
  return found ? sum : undefined;
}
