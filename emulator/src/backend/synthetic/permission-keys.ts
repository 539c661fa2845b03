import { hash32 } from "../../random/hash.ts";
import type { Permission } from "../backend.ts";

const SALT = 71;

/** Descriptors of a synthetic share, each under a key in the service's form. */
export class PermissionKeys {
  readonly #keys: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(seed: number, count: number) {
    this.#keys = Array.from({ length: count }, (_, number) => `${hash32(seed, SALT, number)}*${10_000 + number}`);
    this.#numbers = new Map(this.#keys.map((key, number) => [key, number]));
  }

  /** The key of a descriptor by its number. */
  at(number: number): string {
    return this.#keys[number] ?? "";
  }

  /** The descriptor behind a key: one group of its own besides administrators, the system and users. */
  get(key: string): Permission | undefined {
    const number = this.#numbers.get(key);
    if (number === undefined) return undefined;
    const group = `S-1-5-21-2127521184-1604012920-1887927527-${1000 + number}`;
    return {
      text: `O:BAG:${group}D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1301bf;;;${group})(A;OICIID;0x1200a9;;;BU)`,
      format: "Sddl",
    };
  }
}
