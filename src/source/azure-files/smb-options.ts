import type { FileHttpHeaders, Metadata } from "@azure/storage-file-share";
import { type AzureFacts, ENTRY_KIND } from "../../format/entry.ts";
import type { TargetEntry } from "../target.ts";
import { attributeText } from "./file-attributes.ts";
import { DEFAULT_CONTENT_TYPE } from "./node-facts.ts";
import { stampOfTicks, ticksOfNs } from "./ticks.ts";

/** Properties of a node as the SDK takes them. Its types say `Date` for times; texts pass through unchanged, with all seven digits. */
export interface SmbOptions {
  readonly creationTime?: Date;
  readonly lastWriteTime: Date;
  readonly changeTime: Date;
  readonly fileAttributes: never;
  readonly filePermissionKey?: string;
}

const READ_ONLY = 0x1;
const ARCHIVE = 0x20;
const OWNER_MAY_WRITE = 0o200;

/** Attributes, times and security descriptor of an entry. What came from a folder gets the share's own default for the last. */
export function smbOptions(entry: TargetEntry): SmbOptions {
  const { azure } = entry;
  const { creation, lastWrite, change } = azure === undefined ? ticksOfEntry(entry) : ticksOfFacts(azure);
  return {
    ...(creation !== 0n && { creationTime: asDate(stampOfTicks(creation)) }),
    lastWriteTime: asDate(stampOfTicks(lastWrite)),
    changeTime: asDate(stampOfTicks(change)),
    fileAttributes: attributeText(azure?.attributes ?? attributesOfMode(entry)) as never,
    ...(azure !== undefined && azure.permissionKey !== "" && { filePermissionKey: azure.permissionKey }),
  };
}

interface Ticks {
  /** 0 when it is not known. */
  readonly creation: bigint;
  readonly lastWrite: bigint;
  readonly change: bigint;
}

function ticksOfFacts({ creationTicks, lastWriteTicks, changeTicks }: AzureFacts): Ticks {
  return { creation: creationTicks, lastWrite: lastWriteTicks, change: changeTicks };
}

function ticksOfEntry({ bornNs, modifiedNs, changedNs }: TargetEntry): Ticks {
  return { creation: bornNs === 0n ? 0n : ticksOfNs(bornNs), lastWrite: ticksOfNs(modifiedNs), change: ticksOfNs(changedNs) };
}

/** HTTP headers that the service keeps with a file. */
export function httpHeaders({ azure }: TargetEntry): FileHttpHeaders {
  const type = azure?.contentType ?? "";
  return {
    fileContentType: type === "" ? DEFAULT_CONTENT_TYPE : type,
    ...(azure?.contentMd5 !== undefined && { fileContentMD5: azure.contentMd5 }),
  };
}

/** User metadata; undefined for none. */
export function userMetadata({ azure }: TargetEntry): Metadata | undefined {
  if (azure === undefined || azure.userMetadata.length === 0) return undefined;
  return Object.fromEntries(azure.userMetadata.map(({ name, value }) => [name, value]));
}

function attributesOfMode({ kind, mode }: TargetEntry): number {
  if (kind === ENTRY_KIND.directory) return 0;
  return (mode & OWNER_MAY_WRITE) === 0 ? READ_ONLY | ARCHIVE : ARCHIVE;
}

function asDate(stamp: string): Date {
  return stamp as unknown as Date;
}
