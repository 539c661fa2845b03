/** What parsing a flag's texts gives. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/**
 * One flag, described once: command line, environment, help, completion and the reference page are all made from it.
 */
export interface Flag<T> {
  /** Without the dashes, as in `cache-dir`. */
  readonly long: string;
  /** One letter, or empty. */
  readonly short: string;
  /** Name of the value in help; empty for a switch. */
  readonly placeholder: string;
  readonly help: string;
  /** The only values; empty when there are too many to list. */
  readonly choices: readonly string[];
  readonly repeatable: boolean;
  /** Environment twins; the first is the documented one. */
  readonly env: readonly string[];
  /** What separates the values of a list in the environment. */
  readonly separator: RegExp | undefined;
  /** Key in the configuration file. */
  readonly configKey: string;
  /** The default, in words for help; empty when there is nothing to say. */
  readonly defaultText: string;
  /** Value when nothing is given. */
  readonly initial: T;
  parse(texts: readonly string[]): Parsed<T>;
}

export type FlagSet = Readonly<Record<string, Flag<unknown>>>;

export type FlagValues<F extends FlagSet> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What most flags leave out. */
export interface FlagExtras {
  readonly short?: string;
  readonly defaultText?: string;
  /** More environment names that are accepted; listed before `VARVE_<FLAG>` when `envFirst`. */
  readonly envFirst?: string;
  readonly configKey?: string;
}

const TRUE_WORDS = ["1", "true", "yes", "on"];
const FALSE_WORDS = ["0", "false", "no", "off"];

function base(long: string, help: string, extras: FlagExtras): Omit<Flag<undefined>, "initial" | "parse"> {
  const twin = `VARVE_${long.toUpperCase().replaceAll("-", "_")}`;
  return {
    long,
    help,
    short: extras.short ?? "",
    placeholder: "",
    choices: [],
    repeatable: false,
    env: extras.envFirst === undefined ? [twin] : [extras.envFirst, twin],
    separator: undefined,
    configKey: extras.configKey ?? long,
    defaultText: extras.defaultText ?? "",
  };
}

/** A flag without a value: off unless given. */
export function switchFlag(long: string, help: string, extras: FlagExtras = {}): Flag<boolean> {
  return {
    ...base(long, help, extras),
    initial: false,
    parse: (texts) => {
      const word = (texts.at(-1) ?? "").toLowerCase();
      if (TRUE_WORDS.includes(word)) return { value: true };
      return FALSE_WORDS.includes(word) ? { value: false } : { problem: "expected 1, true, yes, on, 0, false, no or off" };
    },
  };
}

/** A flag with a text; `name` is the flag and what its value is called, as in `cache-dir DIR`. */
export function textFlag(name: string, help: string, extras: FlagExtras = {}): Flag<string | undefined> {
  const [long = "", placeholder = ""] = name.split(" ");
  return {
    ...base(long, help, extras),
    placeholder,
    initial: undefined,
    parse: (texts) => {
      const text = texts.at(-1) ?? "";
      return text === "" ? { problem: "expected a value that is not empty" } : { value: text };
    },
  };
}

/** A flag that may be given many times, named as for `textFlag`. `separator` splits its environment twin: lines unless told otherwise. */
export function listFlag(name: string, help: string, extras: FlagExtras & { readonly separator?: RegExp } = {}): Flag<readonly string[]> {
  const [long = "", placeholder = ""] = name.split(" ");
  return {
    ...base(long, help, extras),
    placeholder,
    repeatable: true,
    separator: extras.separator ?? /\r?\n/,
    initial: [],
    parse: (texts) => (texts.includes("") ? { problem: "expected a value that is not empty" } : { value: texts }),
  };
}

/** A flag with one of a few words. */
export function choiceFlag<const C extends string, D extends C | undefined>(
  long: string,
  choices: readonly C[],
  options: FlagExtras & { readonly help: string; readonly initial: D },
): Flag<C | D> {
  return {
    ...base(long, options.help, { defaultText: options.initial ?? "", ...options }),
    placeholder: long.toUpperCase(),
    choices,
    initial: options.initial,
    parse: (texts) => {
      const found = choices.find((choice) => choice === texts.at(-1));
      return found === undefined ? { problem: `expected ${choices.join(", ")}` } : { value: found };
    },
  };
}

/** A flag with a whole number in a range. */
export function numberFlag(
  long: string,
  range: { readonly min: number; readonly max: number },
  options: FlagExtras & { readonly help: string; readonly placeholder?: string },
): Flag<number | undefined> {
  return {
    ...base(long, options.help, options),
    placeholder: options.placeholder ?? "N",
    initial: undefined,
    parse: (texts) => {
      const text = texts.at(-1) ?? "";
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= range.min && value <= range.max
        ? { value }
        : { problem: `expected a whole number from ${range.min} to ${range.max}` };
    },
  };
}

const SIZE_POWER: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** A flag with a number of bytes such as `100M` or `1.5GiB`; units count in steps of 1024. */
export function sizeFlag(long: string, help: string, extras: FlagExtras = {}): Flag<number | undefined> {
  return {
    ...base(long, help, extras),
    placeholder: "SIZE",
    initial: undefined,
    parse: (texts) => {
      const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(texts.at(-1) ?? "");
      const bytes = Math.floor(Number(match?.[1] ?? "NaN") * 1024 ** (SIZE_POWER[(match?.[2] ?? "").toLowerCase()] ?? 0));
      return Number.isSafeInteger(bytes) ? { value: bytes } : { problem: "expected a size such as 500K, 100MiB or 2G" };
    },
  };
}

/** A flag with a share of a whole: `5%`, or a fraction such as `0.05`. Above 0, at most all. */
export function shareFlag(long: string, help: string, extras: FlagExtras = {}): Flag<number | undefined> {
  return {
    ...base(long, help, extras),
    placeholder: "PART",
    initial: undefined,
    parse: (texts) => {
      const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(texts.at(-1) ?? "");
      const share = Number(match?.[1] ?? "NaN") / (match?.[2] === "%" ? 100 : 1);
      return share > 0 && share <= 1 ? { value: share } : { problem: "expected a part such as 5% (more than 0%, at most 100%)" };
    },
  };
}
