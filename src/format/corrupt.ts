import { AppError } from "../shared/errors.ts";

/** Facts about a damage for programs: where it is. */
export interface DamageData {
  readonly offset?: number;
  readonly frame?: number;
}

/**
 * The error for bytes that are not what was written. `what` names the thing ("directory page"), `why` says what is wrong with it.
 */
export function corrupt(what: string, why: string, data: DamageData = {}): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `damaged: ${what}`,
    why,
    hint: "run 'varve check --read-data' to see what is affected",
    data: { ...data },
  });
}
