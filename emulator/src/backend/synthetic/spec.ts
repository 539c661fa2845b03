/** What a synthetic share looks like; all of it follows from these numbers. */
export interface SyntheticSpec {
  /** Name of the share. */
  readonly share: string;
  /** Files in generation 0, those of `flat` included. */
  readonly files: number;
  /** Directories below the root. */
  readonly dirs: number;
  /** Directories a directory holds, as long as there are any left. */
  readonly fanout: number;
  /** Files that lie together in one directory, the first below the root. */
  readonly flat: number;
  /** Of the sizes' lognormal distribution, in bytes. */
  readonly medianBytes: number;
  /** Of the sizes' natural logarithm. */
  readonly sigma: number;
  /** No file starts out larger. */
  readonly capBytes: number;
  /** Of the files, how many have the content of some other file: 0.2 is every fifth. */
  readonly duplicates: number;
  /** Different security descriptors. */
  readonly permissions: number;
  /** Of the files, how many change from one generation to the next. */
  readonly churn: number;
  /** Which generation the live share is in at first. */
  readonly generation: number;
  /** Decides everything that looks random. */
  readonly seed: number;
}

/** A SPEC that cannot be read; the message names the field, the hint shows what there is. */
export class SpecError extends Error {
  override readonly name = "SpecError";
  readonly hint: string = `write it like files=1000000,dirs=80000,seed=7,churn=0.01; fields: ${Object.keys(FIELDS).join(", ")}`;
}

/** More generations than this nobody has patience for: a file's state takes time in proportion. */
export const GENERATIONS_MAX = 1000;

/** Paths of the service end at 2,048 characters. */
const CHAIN_MAX = 100;

interface Field {
  readonly name: keyof Omit<SyntheticSpec, "share">;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  /** Fractions are allowed; otherwise whole numbers, also as 10k, 4M or 1G. */
  readonly real?: true;
}

const FIELDS: Readonly<Record<string, Field>> = {
  files: { name: "files", initial: 10_000, min: 0, max: 1_000_000_000 },
  dirs: { name: "dirs", initial: 800, min: 0, max: 100_000_000 },
  fanout: { name: "fanout", initial: 8, min: 1, max: 1_000_000 },
  flat: { name: "flat", initial: 0, min: 0, max: 5_000_000 },
  // Microsoft's own test sets for file shares have a mean of 200 KiB; a lognormal with this median and sigma has it, too.
  median: { name: "medianBytes", initial: 4608, min: 0, max: 1e12 },
  sigma: { name: "sigma", initial: 2.75, min: 0, max: 5, real: true },
  cap: { name: "capBytes", initial: 1024 ** 3, min: 0, max: 4 * 1024 ** 4 },
  duplicates: { name: "duplicates", initial: 0.2, min: 0, max: 1, real: true },
  permissions: { name: "permissions", initial: 200, min: 1, max: 100_000 },
  churn: { name: "churn", initial: 0.01, min: 0, max: 1, real: true },
  generation: { name: "generation", initial: 0, min: 0, max: GENERATIONS_MAX },
  seed: { name: "seed", initial: 1, min: 0, max: 0xffffffff },
};

const UNITS: Readonly<Record<string, readonly [decimal: number, binary: number]>> = {
  "": [1, 1],
  k: [1e3, 1024],
  m: [1e6, 1024 ** 2],
  g: [1e9, 1024 ** 3],
  t: [1e12, 1024 ** 4],
};

/** Reads `field=value,field=value`; what is left out has its usual value. Throws a SpecError. */
export function parseSpec(text: string): SyntheticSpec {
  const values: Record<string, number | string> = { share: "synthetic" };
  for (const field of Object.values(FIELDS)) values[field.name] = field.initial;
  const given = new Set<string>();
  for (const part of text.split(",").filter((one) => one.trim() !== "")) {
    const [name = "", value = ""] = part.split("=", 2).map((one) => one.trim());
    if (given.has(name)) throw new SpecError(`${name} is given twice`);
    given.add(name);
    if (name === "share") values["share"] = shareName(value);
    else setField(values, name, value);
  }
  const spec = values as unknown as SyntheticSpec;
  if (spec.flat > spec.files) throw new SpecError(`flat=${spec.flat} is more than all files (${spec.files})`);
  if (spec.fanout === 1 && spec.dirs > CHAIN_MAX) throw new SpecError(`fanout=1 is one chain, which may be ${CHAIN_MAX} directories deep`);
  if (spec.flat > 0 && spec.dirs === 0) throw new SpecError("flat needs at least one directory");
  return spec;
}

function setField(values: Record<string, number | string>, name: string, text: string): void {
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (field === undefined) throw new SpecError(`there is no field ${name === "" ? "without a name" : name}`);
  const value = field.real === true ? realNumber(text) : wholeNumber(text, field.name.endsWith("Bytes"));
  if (value >= field.min && value <= field.max) values[field.name] = value;
  else throw new SpecError(`${name} takes a number from ${field.min} to ${field.max}, not ${text === "" ? "nothing" : text}`);
}

function realNumber(text: string): number {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
}

function wholeNumber(text: string, binary: boolean): number {
  const [, digits = "", unit = ""] = /^(\d+)([kmgt]?)$/i.exec(text) ?? [];
  return digits === "" ? Number.NaN : Number(digits) * (UNITS[unit.toLowerCase()]?.[binary ? 1 : 0] ?? Number.NaN);
}

function shareName(text: string): string {
  if (/^[a-z0-9](?:-?[a-z0-9]){2,62}$/.test(text)) return text;
  throw new SpecError(`share takes 3 to 63 lower-case letters, digits and single hyphens, not ${text}`);
}
