import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeaseRecord } from "../backend/lease-record.ts";
import { steadyClock } from "../protocol/clock.ts";
import type { StorageErrorCode } from "../protocol/errors.ts";
import { LeaseBook, shareLease } from "./lease-book.ts";

const MINE = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const SHARE = shareLease("share", undefined);

/** A book whose time stands still until it is moved. */
function startBook(): { readonly book: LeaseBook; readonly wait: (seconds: number) => void } {
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  const records = new Map<string, LeaseRecord>();
  const store = {
    get: async (name: string) => records.get(name),
    set: async (name: string, lease: LeaseRecord | undefined) => {
      if (lease === undefined) records.delete(name);
      else records.set(name, lease);
    },
  };
  const wait = (seconds: number): void => {
    nowMs += seconds * 1000;
  };
  return {
    book: new LeaseBook(
      store,
      steadyClock(() => nowMs),
    ),
    wait,
  };
}

async function refused(work: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  await assert.rejects(work, { code });
}

test("a term runs out, and the lease may then be taken by another", async () => {
  const { book, wait } = startBook();
  await book.acquire(SHARE, MINE, 20);
  assert.deepEqual(await book.headers(SHARE), {
    "x-ms-lease-state": "leased",
    "x-ms-lease-status": "locked",
    "x-ms-lease-duration": "fixed",
  });
  wait(19);
  await refused(book.acquire(SHARE, OTHER, 20), "LeaseAlreadyPresent");
  await refused(book.check(SHARE, undefined, "write"), "LeaseIdMissing");
  wait(2);
  assert.equal((await book.view(SHARE)).state, "expired");
  await book.check(SHARE, undefined, "write");
  await refused(book.check(SHARE, MINE, "write"), "LeaseLost");
  await book.acquire(SHARE, OTHER, 20);
  await refused(book.check(SHARE, MINE, "write"), "LeaseIdMismatchWithContainerOperation");
});

test("a renewal starts the term again, also after it ran out", async () => {
  const { book, wait } = startBook();
  await book.acquire(SHARE, MINE, 20);
  wait(15);
  await book.renew(SHARE, MINE);
  wait(15);
  assert.equal((await book.view(SHARE)).state, "leased");
  wait(10);
  await book.renew(SHARE, MINE);
  assert.equal((await book.view(SHARE)).state, "leased");
  await refused(book.renew(SHARE, OTHER), "LeaseIdMismatchWithLeaseOperation");
});

test("a break takes effect after its period, but not later than the term", async () => {
  const { book, wait } = startBook();
  await book.acquire(SHARE, MINE, 30);
  wait(10);
  assert.equal(await book.break(SHARE, 60), 20);
  assert.equal((await book.view(SHARE)).state, "breaking");
  await refused(book.acquire(SHARE, OTHER, 20), "LeaseIsBreakingAndCannotBeAcquired");
  await refused(book.renew(SHARE, MINE), "LeaseIsBrokenAndCannotBeRenewed");
  await refused(book.change(SHARE, MINE, OTHER), "LeaseIsBreakingAndCannotBeChanged");
  wait(5);
  assert.equal(await book.break(SHARE, 0), 15);
  wait(16);
  assert.equal((await book.view(SHARE)).state, "broken");
  await book.acquire(SHARE, OTHER, undefined);
  assert.equal(await book.break(SHARE, 7), 7);
});

test("without a lease there is nothing to renew, change, release or break", async () => {
  const { book } = startBook();
  await refused(book.renew(SHARE, MINE), "LeaseNotPresentWithLeaseOperation");
  await refused(book.change(SHARE, MINE, OTHER), "LeaseNotPresentWithLeaseOperation");
  await refused(book.release(SHARE, MINE), "LeaseNotPresentWithLeaseOperation");
  await refused(book.break(SHARE, 0), "LeaseNotPresentWithLeaseOperation");
  await refused(book.check(SHARE, MINE, "read"), "LeaseNotPresentWithContainerOperation");
});
