import type { FileHttpHeaders, Metadata } from "@azure/storage-file-share";
import { ENTRY_KIND } from "../../format/entry.ts";
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
  const attributes = azure?.attributes ?? attributesOfMode(entry);
  const creation = azure?.creationTicks ?? (entry.bornNs === 0n ? 0n : ticksOfNs(entry.bornNs));
  return {
    ...(creation !== 0n && { creationTime: asDate(stampOfTicks(creation)) }),
    lastWriteTime: asDate(stampOfTicks(azure?.lastWriteTicks ?? ticksOfNs(entry.modifiedNs))),
    changeTime: asDate(stampOfTicks(azure?.changeTicks ?? ticksOfNs(entry.changedNs))),
    fileAttributes: attributeText(attributes) as never,
    ...(azure !== undefined && azure.permissionKey !== "" && { filePermissionKey: azure.permissionKey }),
  };
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
