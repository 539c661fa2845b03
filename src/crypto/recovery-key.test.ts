import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isAppError } from "../shared/errors.ts";
import { formatRecoveryKey, looksLikeRecoveryKey, parseRecoveryKey } from "./recovery-key.ts";

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("parseRecoveryKey() reads what formatRecoveryKey() printed, however it is typed", () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const text = formatRecoveryKey(key);
      assert.match(text, /^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
      for (const typed of [
        text,
        text.toLowerCase(),
        text.replaceAll("-", " "),
        ` ${text.replaceAll("-", "")}\n`,
        text.replaceAll("0", "O").replaceAll("1", "l"),
      ]) {
        assert.deepEqual(parseRecoveryKey(typed), key);
      }
    }),
  );
});

test("parseRecoveryKey() notices every single mistyped character and two that changed places", () => {
  const characters = formatRecoveryKey(new Uint8Array(32).map((_, index) => index * 7)).split("");
  const isRefused = (changed: readonly string[]): boolean => {
    try {
      parseRecoveryKey(changed.join(""));
      return false;
    } catch (error) {
      return isAppError(error, "E_PASSWORD");
    }
  };
  for (const [at, character] of characters.entries()) {
    if (character === "-") continue;
    assert.ok(isRefused(characters.with(at, character === "A" ? "B" : "A")));
    const next = characters[at + 1] ?? "-";
    if (next !== "-" && next !== character) assert.ok(isRefused(characters.with(at, next).with(at + 1, character)));
  }
});

test("parseRecoveryKey() refuses what is too short, too long or has foreign characters", () => {
  const text = formatRecoveryKey(new Uint8Array(32));
  for (const wrong of ["", "hello", text.slice(1), `${text}0`, text.replace("0", "U"), text.replace("0", "é")]) {
    assert.throws(
      () => parseRecoveryKey(wrong),
      (error) => isAppError(error, "E_PASSWORD"),
    );
  }
});

test("looksLikeRecoveryKey() tells a recovery key from a passphrase", () => {
  assert.equal(looksLikeRecoveryKey(formatRecoveryKey(new Uint8Array(32)).toLowerCase()), true);
  assert.equal(looksLikeRecoveryKey("correct horse battery staple"), false);
});
