import type { CheckFinding } from "./face.ts";

/** Affected paths that a finding lists by name. */
const AFFECTED_MAX = 100;

/** Damages found so far, by object, with what they cost. */
export class Findings {
  readonly #findings = new Map<string, { object: string; problem: CheckFinding["problem"]; message: string; affected: string[]; affectedCount: number }>();

  get count(): number {
    return this.#findings.size;
  }

  has(object: string): boolean {
    return this.#findings.has(object);
  }

  /** Records a damage; the first one found of an object stands. */
  add(object: string, problem: CheckFinding["problem"], message: string): void {
    if (this.#findings.has(object)) return;
    this.#findings.set(object, { object, problem, message, affected: [], affectedCount: 0 });
  }

  /** Records what cannot be restored because of a damage that was added before. */
  affect(object: string, path: string): void {
    const finding = this.#findings.get(object);
    if (finding === undefined || finding.affected.at(-1) === path) return;
    finding.affectedCount += 1;
    if (finding.affected.length < AFFECTED_MAX) finding.affected.push(path);
  }

  list(): readonly CheckFinding[] {
    return [...this.#findings.values()];
  }
}
