import type { ShareClient } from "@azure/storage-file-share";
import { StorageSharedKeyCredential, ShareServiceClient } from "@azure/storage-file-share";
import { type FaultSettings, NO_FAULTS } from "../../emulator/src/faults/fault-settings.ts";
import { parseSpec } from "../../emulator/src/backend/synthetic/spec.ts";
import { openSyntheticBackend } from "../../emulator/src/backend/synthetic/synthetic-backend.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator/src/index.ts";
import type { ShareSpec } from "../../src/source/azure-files/share-spec.ts";
import { tempFolder } from "./temp.ts";

/** A share of the project's emulator, on a folder of its own, with the official client beside it. */
export interface EmulatedShare extends AsyncDisposable {
  readonly emulator: Emulator;
  /** The SDK's own client: what tests make trees with. */
  readonly share: ShareClient;
  readonly service: ShareServiceClient;
  /** The share as the program opens it. */
  readonly spec: ShareSpec;
  /** For `VARVE_SOURCE_*`. */
  readonly env: Readonly<Record<string, string>>;
  /** Requests answered since the last call, by operation. */
  requests(): Readonly<Record<string, number>>;
}

/** Faults that a test turns on; what it does not name goes well. */
export function faults(some: Partial<FaultSettings>): FaultSettings {
  return { ...NO_FAULTS, ...some };
}

export interface EmulatedShareOptions extends Partial<EmulatorOptions> {
  readonly name?: string;
  /** A share that nobody stores, called `synthetic`: the emulator's `--synthetic`. */
  readonly synthetic?: string;
}

/** Starts an emulator with one share. */
export async function emulatedShare(options: EmulatedShareOptions = {}): Promise<EmulatedShare> {
  const folder = await tempFolder("share");
  const { synthetic, name = synthetic === undefined ? "projects" : "synthetic", onRequest: told, ...rest } = options;
  let seen: Record<string, number> = {};
  const onRequest: NonNullable<EmulatorOptions["onRequest"]> = (entry) => {
    seen[entry.operation] = (seen[entry.operation] ?? 0) + 1;
    told?.(entry);
  };
  const emulator = await startEmulator({
    store: synthetic === undefined ? folder.path : (clock) => openSyntheticBackend(parseSpec(synthetic), clock),
    ...rest,
    onRequest,
  });
  const credential = new StorageSharedKeyCredential(emulator.account, emulator.key);
  const service = new ShareServiceClient(emulator.url, credential, { allowTrailingDot: true });
  const share = service.getShareClient(name);
  if (synthetic === undefined) await share.create();
  return {
    emulator,
    share,
    service,
    spec: {
      kind: "azure-files",
      account: emulator.account,
      serviceUrl: emulator.url,
      share: name,
      path: "",
      snapshot: "",
      credential: { kind: "key", key: emulator.key },
      variables: "VARVE_SOURCE",
    },
    env: { VARVE_SOURCE_CONNECTION_STRING: emulator.connectionString },
    requests: () => {
      const counted = seen;
      seen = {};
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await folder.remove();
    },
  };
}
