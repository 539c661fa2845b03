import type { Backend } from "../backend/backend.ts";
import type { Answer } from "../protocol/answer.ts";
import type { Clock } from "../protocol/clock.ts";
import type { StorageRequest } from "../protocol/request.ts";
import type { SourceReader } from "./copy-source.ts";
import type { HandleTable } from "./handle-table.ts";
import type { LeaseBook } from "./lease-book.ts";

/** What handlers work on. */
export interface World {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly newGuid: () => string;
  readonly handles: HandleTable;
  readonly leases: LeaseBook;
  readonly sources: SourceReader;
  /** The document that was set last; undefined for the defaults. */
  readonly serviceProperties: { xml: string | undefined };
}

/** Answers one operation, or throws a StorageError. */
export type Handler = (request: StorageRequest, world: World) => Promise<Answer>;
