// The method of the original: the official SDK, one file after the other. Names of blobs are the paths of the files.
//   node tools/guid-bench/sequential-copy.ts save|restore SERVICE CONTAINER SOURCE TARGET
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";

const [direction, , containerName = "", source = "", target = ""] = process.argv.slice(2);
const client = BlobServiceClient.fromConnectionString(process.env["AZURE_STORAGE_CONNECTION_STRING"] ?? "").getContainerClient(
  containerName,
);

if (direction === "save") {
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await client.getBlockBlobClient(path.slice(1)).uploadFile(path);
  }
} else {
  for await (const { name } of client.listBlobsFlat()) {
    const path = join(target, name);
    mkdirSync(dirname(path), { recursive: true });
    await client.getBlockBlobClient(name).downloadToFile(path);
  }
}
