import { mkdirSync, readFileSync } from "node:fs";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { Azurite } from "./azurite.ts";
import { tempFolder } from "./temp.ts";
import type { TempFolder } from "./temp.ts";
import { VarveProgram } from "./varve-program.ts";

/** A folder with data, the real program with a connection string, and a container of its own. */
export interface GuidScene extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly data: string;
  readonly out: string;
  readonly mapping: string;
  readonly container: string;
  readonly varve: VarveProgram;
  /** The official client: what anybody else would use. */
  readonly client: ContainerClient;
  /** `--mapping` and `--container`. */
  readonly where: readonly string[];
}

let scenes = 0;

/** Makes a scene on a running emulator; the container is not there yet. */
export async function guidScene(azurite: Azurite): Promise<GuidScene> {
  scenes += 1;
  const folder = await tempFolder("guid");
  const container = `server-${process.pid}-${scenes}`;
  const mapping = `${folder.path}/map.json`;
  const credential = new StorageSharedKeyCredential(azurite.account, azurite.key);
  mkdirSync(`${folder.path}/data`);
  return {
    folder,
    data: `${folder.path}/data`,
    out: `${folder.path}/out`,
    mapping,
    container,
    varve: new VarveProgram(`${folder.path}/home`, { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString }),
    client: new ContainerClient(`${azurite.serviceUrl}/${container}`, credential),
    where: ["--mapping", mapping, "--container", container],
    [Symbol.asyncDispose]: folder.remove,
  };
}

/** The mapping as any JSON reader sees it: GUID by path. */
export function guidsByPath(mapping: string): ReadonlyMap<string, string> {
  const entries = Object.entries(JSON.parse(readFileSync(mapping, "utf8")) as Record<string, string>);
  return new Map(entries.map(([guid, path]) => [path, guid]));
}

/** Names of all blobs, in order. */
export async function blobNames(client: ContainerClient): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of client.listBlobsFlat()) names.push(name);
  return names.toSorted();
}
