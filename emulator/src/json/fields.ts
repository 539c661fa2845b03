/** A value from outside that has not the shape it should have; the message names the field. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Reads the fields of a JSON object one by one, and in the end refuses those that nobody asked for. */
export class Fields {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #asked = new Set<string>();

  private constructor(record: Readonly<Record<string, unknown>>, where: string) {
    this.#record = record;
    this.#where = where;
  }

  /** Reads one object. Throws a ShapeError. */
  static read<T>(value: unknown, where: string, read: (fields: Fields) => T): T {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError(`${where} has to be an object`);
    const fields = new Fields(value as Readonly<Record<string, unknown>>, where);
    const result = read(fields);
    const unknown = Object.keys(value).find((name) => !fields.#asked.has(name));
    if (unknown !== undefined) {
      throw new ShapeError(`${where} has no field ${unknown}; it has ${[...fields.#asked].join(", ")}`);
    }
    return result;
  }

  number(name: string, { min, max }: Bounds): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value >= min && value <= max) return value;
    throw this.#wrong(name, `a number from ${min} to ${max}`);
  }

  integer(name: string, bounds: Bounds): number | undefined {
    const value = this.number(name, bounds);
    if (value === undefined || Number.isInteger(value)) return value;
    throw this.#wrong(name, "a whole number");
  }

  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#wrong(name, "a text");
  }

  requiredText(name: string): string {
    return this.#present(name, this.text(name));
  }

  requiredInteger(name: string, bounds: Bounds): number {
    return this.#present(name, this.integer(name, bounds));
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#wrong(name, "true or false");
  }

  oneOf<const T>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#take(name);
    const found = choices.find((choice) => choice === value);
    if (value === undefined || found !== undefined) return found;
    throw this.#wrong(name, `one of ${choices.join(", ")}`);
  }

  choices<const T>(name: string, choices: readonly T[]): readonly T[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((one) => choices.includes(one as T))) return value as readonly T[];
    throw this.#wrong(name, `a list of ${choices.join(", ")}`);
  }

  object<T>(name: string, read: (fields: Fields) => T): T | undefined {
    const value = this.#take(name);
    return value === undefined ? undefined : Fields.read(value, `${this.#where}.${name}`, read);
  }

  /** Empty when the field is not there. */
  list<T>(name: string, read: (fields: Fields) => T): readonly T[] {
    const value = this.#take(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, "a list");
    return value.map((one, index) => Fields.read(one, `${this.#where}.${name}[${index}]`, read));
  }

  #present<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw new ShapeError(`${this.#where}.${name} is missing`);
    return value;
  }

  /** A field that is null counts as left out. */
  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#record[name] ?? undefined;
  }

  #wrong(name: string, takes: string): ShapeError {
    return new ShapeError(`${this.#where}.${name} takes ${takes}, not ${JSON.stringify(this.#record[name])}`);
  }
}
