import { toByteString, byteStringOf, fromByteString } from "../../shared/bytes.ts";
import type { ByteString } from "../../shared/bytes.ts";
import { ERRNO } from "./errno.ts";
import { allocateNative, bind, cString, type NativeFunction, type NativeMemory } from "./native.ts";

/**
 * Names and numbers of users and groups, asked from the C library and not from /etc/passwd, so that accounts of a domain
 * (SSSD, winbind, LDAP) have names too. Each is asked once: a lookup may go over the network.
 */
const native = {
  getpwuid: bind("getpwuid_r", "int", ["uint32_t", "uintptr_t", "uintptr_t", "int64_t", "uintptr_t"]),
  getpwnam: bind("getpwnam_r", "int", ["uintptr_t", "uintptr_t", "uintptr_t", "int64_t", "uintptr_t"]),
  getgrgid: bind("getgrgid_r", "int", ["uint32_t", "uintptr_t", "uintptr_t", "int64_t", "uintptr_t"]),
  getgrnam: bind("getgrnam_r", "int", ["uintptr_t", "uintptr_t", "uintptr_t", "int64_t", "uintptr_t"]),
} as const;

/** Both `struct passwd` and `struct group` begin with the name's pointer, a second pointer and then the number. */
const ID_OFFSET = 16;
const RECORD_BYTES = 64;

/** Space for the strings of one record: a group lists its members. Records that do not fit the last size stay nameless. */
const STRING_BYTES_FIRST = 4096;
const STRING_BYTES_MAX = 1024 * 1024;

/** Remembered answers a table; when full, the oldest are asked again. */
const ANSWERS_MAX = 10_000;

class Accounts {
  readonly #byId: NativeFunction;
  readonly #byName: NativeFunction;
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number | undefined>();
  readonly #record: NativeMemory = allocateNative(RECORD_BYTES);
  readonly #result: NativeMemory = allocateNative(8);
  #strings: NativeMemory = allocateNative(STRING_BYTES_FIRST);

  constructor(byId: NativeFunction, byName: NativeFunction) {
    this.#byId = byId;
    this.#byName = byName;
  }

  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#ask(this.#byId, () => id) ? this.#foundName() : "";
    remember(this.#names, id, name);
    return name;
  }

  idOf(name: string): number | undefined {
    if (name === "" || name.includes("\0")) return undefined;
    if (this.#ids.has(name)) return this.#ids.get(name);
    const key = byteStringOf(name);
    const id = this.#ask(this.#byName, () => cString(key)) ? this.#record.bytes.readUInt32LE(ID_OFFSET) : undefined;
    remember(this.#ids, name, id);
    return id;
  }

  #ask(lookUp: NativeFunction, key: () => number): boolean {
    for (;;) {
      this.#result.bytes.fill(0);
      const errno = lookUp(key(), this.#record.address, this.#strings.address, this.#strings.bytes.length, this.#result.address);
      if (errno === ERRNO.EINTR) continue;
      const full = errno === ERRNO.ERANGE && this.#strings.bytes.length < STRING_BYTES_MAX;
      if (!full) return errno === 0 && this.#result.bytes.readBigUInt64LE(0) !== 0n;
      this.#strings = allocateNative(this.#strings.bytes.length * 4);
    }
  }

  #foundName(): string {
    const start = Number(this.#record.bytes.readBigUInt64LE(0)) - this.#strings.address;
    const { bytes } = this.#strings;
    if (start < 0 || start >= bytes.length) return "";
    const name: ByteString = toByteString(bytes.subarray(start, bytes.indexOf(0, start)));
    return fromByteString(name).toString("utf8");
  }
}

function remember<K, V>(answers: Map<K, V>, key: K, value: V): void {
  if (answers.size >= ANSWERS_MAX) {
    for (const oldest of answers.keys()) {
      answers.delete(oldest);
      break;
    }
  }
  answers.set(key, value);
}

/** Users and groups of this machine, both directions. */
export class AccountNames {
  readonly #users = new Accounts(native.getpwuid, native.getpwnam);
  readonly #groups = new Accounts(native.getgrgid, native.getgrnam);

  /** Empty when the number has no name. */
  userName(uid: number): string {
    return this.#users.nameOf(uid);
  }

  groupName(gid: number): string {
    return this.#groups.nameOf(gid);
  }

  /** Undefined when the name is not known here. */
  uidOf(user: string): number | undefined {
    return this.#users.idOf(user);
  }

  gidOf(group: string): number | undefined {
    return this.#groups.idOf(group);
  }
}
