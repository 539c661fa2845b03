/** The account of Azure's emulators and its key, the same everywhere and published by Microsoft. */
export const EMULATOR_ACCOUNT = "devstoreaccount1";
export const EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** The fields of a connection string as the portal shows it, names in lower case. Its text holds secrets: it goes into no error. */
export function connectionStringFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) fields.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return fields;
}
