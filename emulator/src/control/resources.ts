import { NO_FAULTS, parseFaultSettings } from "../faults/fault-settings.ts";
import type { Faults } from "../faults/faults.ts";
import type { SyntheticBackend } from "../backend/synthetic/synthetic-backend.ts";
import { GENERATIONS_MAX } from "../backend/synthetic/spec.ts";
import { Fields, ShapeError } from "../json/fields.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { ControlResource } from "./control.ts";

/** `faults`: read, replace or switch off what goes wrong. */
export function faultsResource(faults: Faults): ControlResource {
  return {
    get: () => faults.settings,
    put: (body) => {
      faults.set(parseFaultSettings(body));
      return faults.settings;
    },
    delete: () => faults.set(NO_FAULTS),
  };
}

/** `counters`: read or reset. */
export function countersResource(log: RequestLog): ControlResource {
  return { get: () => log.counters(), delete: () => log.resetCounters() };
}

/** `log`: the requests still remembered as lines of JSON, `?skip=N` without the first N since the start; or forget them. */
export function logResource(log: RequestLog): ControlResource {
  return {
    get: (query) =>
      log
        .entries(skipOf(query))
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(""),
    delete: () => log.clear(),
  };
}

/** `synthetic`: which generation the live share is in. */
export function syntheticResource(backend: SyntheticBackend): ControlResource {
  const state = (): unknown => ({ generation: backend.generation });
  return {
    get: state,
    put: (body) => {
      const generation = Fields.read(body, "synthetic", (fields) => fields.requiredInteger("generation", { min: 0, max: GENERATIONS_MAX }));
      backend.setGeneration(generation);
      return state();
    },
  };
}

function skipOf(query: URLSearchParams): number {
  const text = query.get("skip") ?? "0";
  if (!/^\d{1,15}$/.test(text)) throw new ShapeError(`skip takes a number of requests, not ${text}`);
  return Number(text);
}
