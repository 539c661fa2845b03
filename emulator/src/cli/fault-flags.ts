import { parseFaultSettings, type CutKind, type FaultSettings } from "../faults/fault-settings.ts";
import { ShapeError } from "../json/fields.ts";
import { UsageError } from "./usage-error.ts";

/** Flags for what goes wrong on purpose, as `parseArgs` takes them. */
export const FAULT_FLAGS = {
  "throttle-requests": { type: "string" },
  "throttle-bytes": { type: "string" },
  "throttle-status": { type: "string" },
  latency: { type: "string" },
  errors: { type: "string" },
  reset: { type: "string" },
  truncate: { type: "string" },
  shorten: { type: "string" },
  "fault-seed": { type: "string" },
  faults: { type: "string" },
} as const;

/** Values of these flags as they were given. */
export type FaultValues = { readonly [Flag in keyof typeof FAULT_FLAGS]?: string | undefined };

/** The settings that flags ask for; `--faults` is the start, single flags come on top. Throws a UsageError. */
export function faultSettingsOf(values: FaultValues): FaultSettings {
  const { throttle, cuts, errors, ...rest } = startOf(values.faults);
  const flags = {
    ...rest,
    ...present("seed", numberOf("fault-seed", values["fault-seed"])),
    ...present("throttle", throttleOf(values, throttle)),
    ...present("latency", latencyOf(values.latency)),
    errors: [...listOf(errors), ...ratesOf({ errors: values.errors }).map(({ rate }) => ({ rate }))],
    cuts: [...listOf(cuts), ...ratesOf({ reset: values.reset, truncate: values.truncate, shorten: values.shorten })],
  };
  return checked(() => parseFaultSettings(flags));
}

function startOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  return checked(() => {
    const value = JSON.parse(text) as unknown;
    parseFaultSettings(value);
    return value as Readonly<Record<string, unknown>>;
  });
}

function throttleOf(values: FaultValues, start: unknown): unknown {
  const flags = {
    ...present("requestsPerSecond", numberOf("throttle-requests", values["throttle-requests"])),
    ...present("bytesPerSecond", numberOf("throttle-bytes", values["throttle-bytes"])),
    ...present("status", numberOf("throttle-status", values["throttle-status"])),
  };
  return Object.keys(flags).length === 0 ? start : { ...(start as object | undefined), ...flags };
}

function latencyOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const [, min = "", max = min] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (min === "")
    throw new UsageError(`--latency ${text} is no time`, "it takes milliseconds, or a range of them", "write it like 20 or 5-50");
  return { msMin: Number(min), msMax: Number(max) };
}

function ratesOf(
  flags: Readonly<Partial<Record<CutKind | "errors", string | undefined>>>,
): readonly { readonly kind: string; readonly rate: number }[] {
  return Object.entries(flags).flatMap(([kind, text]) => {
    const rate = numberOf(kind, text);
    return rate === undefined ? [] : [{ kind, rate }];
  });
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d*\.?\d+$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} ${text} is no number`, "it takes digits, with a point if need be", "see azure-files-emulator --help");
}

function present(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: value };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof SyntaxError)) throw error;
    throw new UsageError("the faults cannot be read", error.message, "see /_emulator/faults in the README for the shape");
  }
}
