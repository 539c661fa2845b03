import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate for 127.0.0.1 that signs itself: paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate in a folder; undefined where there is no openssl to make one with. */
export async function makeCertificate(folder: string): Promise<Certificate | undefined> {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  try {
    await run("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert]);
  } catch {
    return undefined;
  }
  return { cert, key };
}
