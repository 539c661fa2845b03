/** An axis that starts at zero and is divided evenly. */
export interface Scale {
  /** Value at the end of the axis, in plain units. */
  readonly max: number;
  readonly step: number;
  /** What one of `unit` is, in plain units. */
  readonly unitSize: number;
  readonly unit: string;
}

/** Each axis has as many divisions, so that the lines of a left and a right one lie on each other. */
const DIVISIONS = 4;
const NICE = [1, 2, 2.5, 5, 10];
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A scale for values up to `max` in a unit that keeps its numbers short. */
export function byteScale(max: number, suffix = ""): Scale {
  // From 0.8 of the next unit on the axis would end at numbers of four digits.
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, max) / 0.8) / 10)));
  const unitSize = 1024 ** power;
  return { ...plainScale(max, unitSize, power === 0 ? 1 : 0), unitSize, unit: `${BYTE_UNITS[power] ?? ""}${suffix}` };
}

/** A scale for plain numbers. */
export function countScale(max: number, unit: string): Scale {
  return { ...plainScale(max, 1, 0), unitSize: 1, unit };
}

/** A scale that ends at `max` itself: of a whole that is known. */
export function wholeScale(max: number, unit: string): Scale {
  return { max, step: max / DIVISIONS, unitSize: 1, unit };
}

function plainScale(max: number, unitSize: number, stepMin: number): { readonly max: number; readonly step: number } {
  const raw = Math.max(max / unitSize / DIVISIONS, stepMin, 1e-3);
  const ten = 10 ** Math.floor(Math.log10(raw));
  // A hair over a nice number is the nice number: what is drawn is thicker than that.
  const step = (NICE.find((nice) => nice * ten >= raw * 0.999) ?? 10) * ten * unitSize;
  return { max: step * DIVISIONS, step };
}

/** `1,250`, `0.25`: a value as the axis shows it, without the unit. */
export function scaleLabel(value: number, scale: Scale): string {
  return groupDigits(String(Number((value / scale.unitSize).toPrecision(4))));
}

/** Commas between thousands, the same on every machine. */
export function groupDigits(number: string): string {
  const [whole = "", fraction] = number.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
