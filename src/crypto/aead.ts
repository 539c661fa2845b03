import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import type { CipherGCM, DecipherGCM, KeyObject } from "node:crypto";
import { assert } from "../shared/assert.ts";
import { SUITE, TAG_BYTES } from "../format/sealed-object.ts";
import type { Suite } from "../format/sealed-object.ts";

export const NONCE_BYTES = 12;

/** Pieces in which ciphertext is made and moved to its place: they stay in the processor's cache (a quarter less CPU, measured). */
const PIECE_BYTES = 64 * 1024;

/** What one message is sealed with beside the key. */
export interface MessageBinding {
  /** Never twice under one key. */
  readonly nonce: Uint8Array;
  readonly additionalData: Uint8Array;
}

/** Authenticated encryption under one key. The key object is made once: making it costs more than a small message. */
export class Aead {
  readonly #key: KeyObject;
  readonly #suite: Suite;

  constructor(key: Uint8Array, suite: Suite) {
    this.#key = createSecretKey(key);
    this.#suite = suite;
  }

  /** Writes ciphertext and tag to the start of `into`, which has room for `TAG_BYTES` more than `plain`; returns that part of it. */
  seal(plain: Uint8Array, into: Uint8Array, { nonce, additionalData }: MessageBinding): Uint8Array {
    assert(into.length >= plain.length + TAG_BYTES && nonce.length === NONCE_BYTES, "a sealed message has room and a whole nonce");
    const cipher = this.#cipher(nonce);
    cipher.setAAD(additionalData, { plaintextLength: plain.length });
    for (let at = 0; at < plain.length; at += PIECE_BYTES) {
      into.set(cipher.update(plain.subarray(at, Math.min(at + PIECE_BYTES, plain.length))), at);
    }
    cipher.final();
    into.set(cipher.getAuthTag(), plain.length);
    return into.subarray(0, plain.length + TAG_BYTES);
  }

  /**
   * Writes the plain bytes to the start of `into` and returns that part of it; undefined when they are not what was sealed under
   * this key, nonce and additional data, or do not fit: then `into` holds nothing to be used.
   */
  open(sealed: Uint8Array, into: Uint8Array, { nonce, additionalData }: MessageBinding): Uint8Array | undefined {
    const length = sealed.length - TAG_BYTES;
    if (length < 0 || length > into.length) return undefined;
    const decipher = this.#decipher(nonce);
    decipher.setAAD(additionalData, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    for (let at = 0; at < length; at += PIECE_BYTES) into.set(decipher.update(sealed.subarray(at, Math.min(at + PIECE_BYTES, length))), at);
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return into.subarray(0, length);
  }

  // Both suites have one interface; Node's types name it after the first. Tags are never shorter than 16 bytes.
  #cipher(nonce: Uint8Array): CipherGCM {
    if (this.#suite === SUITE.aes256Gcm) return createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    return createCipheriv("chacha20-poly1305", this.#key, nonce, { authTagLength: TAG_BYTES });
  }

  #decipher(nonce: Uint8Array): DecipherGCM {
    if (this.#suite === SUITE.aes256Gcm) return createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    return createDecipheriv("chacha20-poly1305", this.#key, nonce, { authTagLength: TAG_BYTES });
  }
}
