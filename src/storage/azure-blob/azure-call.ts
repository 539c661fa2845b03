import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { CallOptions } from "../object-store.ts";
import { BrokenOff } from "./blob-calls.ts";
import { azureError, isBlobMissing } from "./azure-errors.ts";
import type { AzureCredential } from "./azure-spec.ts";
import { guardStall } from "../../shared/stall-guard.ts";
import type { StallWatch } from "../../shared/stall-guard.ts";

/** What all calls of one store have in common. */
export interface AzureCallWorld {
  readonly clock: Clock;
  readonly silentMsMax: number;
  readonly description: string;
  readonly credential: AzureCredential["kind"];
  /** The error for an object that is not there. */
  missing(key: string, description: string): AppError;
}

/** One call, for messages and for its end. */
export interface AzureCallScene extends CallOptions {
  /** Completes "cannot ...". */
  readonly doing: string;
  readonly key?: string;
}

/** Runs one request under the stall guard and turns what it throws into an `AppError`, or into the caller's abort reason. */
export async function azureCall<T>(world: AzureCallWorld, scene: AzureCallScene, request: (watch: StallWatch) => Promise<T>): Promise<T> {
  const { signal, ...names } = scene;
  const { clock, silentMsMax, description, credential } = world;
  signal?.throwIfAborted();
  let seen: StallWatch | undefined;
  try {
    return await guardStall(clock, { silentMsMax, signal }, (watch) => {
      seen = watch;
      return request(watch);
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (seen?.stalled === true) throw lineLost(names, description, STALLED);
    if (error instanceof BrokenOff) throw lineLost(names, description, BROKEN_OFF);
    if (scene.key !== undefined && isBlobMissing(error)) throw world.missing(scene.key, description);
    throw azureError(error, { ...names, description, credential });
  }
}

const STALLED = { why: "nothing moved on the connection for too long", hint: "check the network, then run again" };
const BROKEN_OFF = { why: "the connection broke off in the middle", hint: "run again" };

function lineLost(
  { doing, key }: Omit<AzureCallScene, "signal">,
  description: string,
  what: { readonly why: string; readonly hint: string },
): AppError {
  return new AppError({
    code: "E_STORE_UNAVAILABLE",
    what: `cannot ${doing} in ${description}`,
    ...what,
    retryable: true,
    ...(key === undefined ? {} : { data: { key } }),
  });
}
