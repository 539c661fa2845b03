import { writeFile } from "node:fs/promises";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";

/** Writes a file that must not exist yet. Throws E_TARGET_EXISTS or E_TARGET_ROOT. */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: "wx" });
  } catch (error) {
    throw new AppError({
      code: systemCode(error) === "EEXIST" ? "E_TARGET_EXISTS" : "E_TARGET_ROOT",
      what: `cannot make ${path}`,
      why: systemReason(error, "it cannot be written"),
      hint: "name a file that does not exist, in a folder that does",
      cause: error,
    });
  }
}
