/** Name and version as snapshots and sessions record them. A test holds it against package.json. */
export const PROGRAM_VERSION = "0.1.0";
export const PROGRAM: string = `varve ${PROGRAM_VERSION}`;
