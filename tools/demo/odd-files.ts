import {
  chmodSync,
  closeSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const SPARSE_BYTES = 8 * 1024 * 1024;

/** Adds a folder of what backups tend to get wrong: names that are not text, holes, links, modes and times. Returns its name. */
export function addOddFiles(dir: string): string {
  const odd = join(dir, "odd");
  mkdirSync(join(odd, "empty folder"), { recursive: true });
  writeFileSync(join(odd, "empty file"), "");
  writeFileSync(join(odd, "line\nbreak and 'quotes'"), "a name with a line break");
  writeFileSync(join(odd, "Grüße 你好 🌍"), "a name outside ASCII");
  writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0x6c, 0xe4, 0xff])]), "a name that is not UTF-8");
  writeFileSync(join(odd, "n".repeat(255)), "the longest name there can be");
  writeSparse(join(odd, "sparse"));
  writeOld(join(odd, "from 1965"));
  writeFileSync(join(odd, "first name"), "one file with two names");
  linkSync(join(odd, "first name"), join(odd, "second name"));
  symlinkSync("empty file", join(odd, "link"));
  symlinkSync("/nowhere/at/all", join(odd, "dangling link"));
  writeFileSync(join(odd, "program"), "#!/bin/sh\necho hello\n");
  chmodSync(join(odd, "program"), 0o755);
  writeFileSync(join(odd, "read only"), "nobody writes here");
  chmodSync(join(odd, "read only"), 0o400);
  mkdirSync(join(odd, "sticky"));
  chmodSync(join(odd, "sticky"), 0o1777);
  return "odd";
}

/** Data in the middle, holes around it. */
function writeSparse(path: string): void {
  const fd = openSync(path, "wx");
  writeSync(fd, "data between two holes", SPARSE_BYTES / 2);
  ftruncateSync(fd, SPARSE_BYTES);
  closeSync(fd);
}

function writeOld(path: string): void {
  const fd = openSync(path, "wx");
  writeSync(fd, "older than the epoch");
  const seconds = Date.UTC(1965, 2, 18) / 1000;
  futimesSync(fd, seconds, seconds);
  closeSync(fd);
}
