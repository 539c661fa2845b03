import { systemClock } from "../../src/shared/clock.ts";
import { systemRandom } from "../../src/shared/random.ts";
import { silentReporter } from "../../src/telemetry/events.ts";
import type { GuidWorld } from "../../src/guid/face.ts";

/** The world of a guid operation in a test: what it reported can be looked at. */
export interface TestGuidWorld extends GuidWorld {
  readonly reporter: ReturnType<typeof silentReporter>;
}

/** A world whose working data goes to `workFolder`. */
export function guidTestWorld(workFolder: string, signal: AbortSignal = new AbortController().signal): TestGuidWorld {
  return { reporter: silentReporter(), clock: systemClock, random: systemRandom, signal, workFolder };
}

/** `path code` of each problem reported, in order of paths. */
export function problemsOf({ reporter }: TestGuidWorld): readonly string[] {
  return reporter.issues.map(({ path, code }) => `${path} ${code}`).toSorted();
}
