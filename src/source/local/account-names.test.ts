import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AccountNames } from "./account-names.ts";

/** Name and number of the first entries of /etc/passwd or /etc/group. */
function entriesOf(path: string): readonly (readonly [string, number])[] {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => /^[^:+-]+:/.test(line));
  return lines.map((line) => line.split(":")).map(([name = "", , id = ""]) => [name, Number(id)]);
}

test("names and numbers of the accounts in /etc are found, both ways", () => {
  const names = new AccountNames();
  for (const [user, uid] of entriesOf("/etc/passwd")) {
    assert.equal(names.uidOf(user), uid);
    assert.equal(names.uidOf(names.userName(uid)), uid);
  }
  for (const [group, gid] of entriesOf("/etc/group")) {
    assert.equal(names.gidOf(group), gid);
    assert.equal(names.gidOf(names.groupName(gid)), gid);
  }
  assert.ok(entriesOf("/etc/passwd").length > 0);
});

test("unknown numbers have no name, and unknown names no number; asked twice they stay so", () => {
  const names = new AccountNames();
  for (let round = 0; round < 2; round += 1) {
    assert.equal(names.userName(3_999_999_998), "");
    assert.equal(names.groupName(0xffff_fffe), "");
    for (const name of ["", "no such account", "root\0", "\u00e4\u65e5", "x".repeat(5000)]) assert.equal(names.uidOf(name), undefined);
    assert.equal(names.gidOf("no such account"), undefined);
  }
});
