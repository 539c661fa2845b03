import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetworkCounters } from "./network-counters.ts";

const HEAD = "Inter-|   Receive        |  Transmit\n face |bytes    packets errs drop|bytes    packets\n";
const line = (name: string, received: number, sent: number): string =>
  `${name.padStart(6)}: ${received} 2 0 0 0 0 0 0 ${sent} 9 0 0 0 0 0 0\n`;

test("parseNetworkCounters() adds interfaces and keeps this machine's own traffic apart", () => {
  const text = HEAD + line("lo", 1000, 1000) + line("eth0", 10, 1) + line("enp3s0", 20, 2) + line("wlan0", 40, 4);
  assert.deepEqual(parseNetworkCounters(text), { received: 70, sent: 7, loopback: 1000 });
});

test("parseNetworkCounters() leaves out what passes another interface too", () => {
  const others = ["veth12ab", "br-0a1b", "docker0", "virbr0", "bond0", "wg0", "tun0", "ifb1", "eth0.100"].map((name) => line(name, 5, 5));
  assert.deepEqual(parseNetworkCounters(HEAD + line("eth0", 10, 1) + others.join("")), { received: 10, sent: 1, loopback: 0 });
});

test("parseNetworkCounters() reads columns that run into the name, as old kernels print them", () => {
  assert.deepEqual(parseNetworkCounters("eth0:123456789012 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0\n"), {
    received: 123_456_789_012,
    sent: 77,
    loopback: 0,
  });
});

test("parseNetworkCounters() gives nothing for a text without interfaces", () => {
  assert.equal(parseNetworkCounters(HEAD), undefined);
  assert.equal(parseNetworkCounters(""), undefined);
});
