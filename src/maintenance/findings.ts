import type { CheckFinding } from "./face.ts";

/** Affected paths that a finding lists by name. */
const AFFECTED_MAX = 100;

interface OpenFinding {
  readonly object: string;
  readonly problem: CheckFinding["problem"];
  readonly message: string;
  readonly affected: string[];
  affectedCount: number;
  last: string;
}

/** Damages found so far, by object, with what they cost. */
export class Findings {
  readonly #findings = new Map<string, OpenFinding>();

  get count(): number {
    return this.#findings.size;
  }

  has(object: string): boolean {
    return this.#findings.has(object);
  }

  /** True when nothing in the object can be relied on: it is not there, or not the one it should be. */
  isLost(object: string): boolean {
    const problem = this.#findings.get(object)?.problem;
    return problem === "missing" || problem === "truncated";
  }

  /** Records a damage; the first one found of an object stands. */
  add(object: string, problem: CheckFinding["problem"], message: string): void {
    if (this.#findings.has(object)) return;
    this.#findings.set(object, { object, problem, message, affected: [], affectedCount: 0, last: "" });
  }

  /** Records what cannot be restored because of a damage that was added before. A path that comes twice running counts once. */
  affect(object: string, path: string): void {
    const finding = this.#findings.get(object);
    if (finding === undefined || finding.last === path) return;
    finding.last = path;
    finding.affectedCount += 1;
    if (finding.affected.length < AFFECTED_MAX) finding.affected.push(path);
  }

  /** By object, so that two checks of one damage tell the same, however their reads fell. */
  list(): readonly CheckFinding[] {
    const findings = [...this.#findings.values()].sort((a, b) => (a.object < b.object ? -1 : 1));
    return findings.map(({ object, problem, message, affected, affectedCount }) => ({ object, problem, message, affected, affectedCount }));
  }
}
