import type { ShareFileClient } from "@azure/storage-file-share";
import { AppError } from "../../shared/errors.ts";
import type { TargetEntry } from "../target.ts";
import type { ShareConnection } from "./share-connection.ts";
import { type NfsOptions, nfsOptions } from "./nfs-options.ts";
import { httpHeaders, type SmbOptions, smbOptions, userMetadata } from "./smb-options.ts";

/** What one request writes at most: a file made with its content, or a range. */
export const WRITE_BYTES_MAX: number = 4 * 1024 * 1024;

/** Writes single nodes of a share. Paths go from the share's root. Errors of single nodes are E_TARGET, E_TARGET_EXISTS, E_TARGET_FULL. */
export class ShareWriter {
  readonly #connection: ShareConnection;
  readonly #properties: (entry: TargetEntry) => SmbOptions | NfsOptions;

  constructor(connection: ShareConnection, isNfs: boolean) {
    this.#connection = connection;
    this.#properties = isNfs ? nfsOptions : smbOptions;
  }

  /** A file with all its content and metadata in one request. It takes the place of another file. */
  async putSmall(path: string, content: Uint8Array, entry: TargetEntry): Promise<void> {
    const metadata = userMetadata(entry);
    const body =
      content.length === 0
        ? {}
        : { content: Buffer.from(content.buffer, content.byteOffset, content.length), contentLength: content.length };
    await this.#write(path, "write", (file, abortSignal) =>
      file.create(content.length, {
        ...this.#properties(entry),
        fileHttpHeaders: httpHeaders(entry),
        ...(metadata && { metadata }),
        ...body,
        abortSignal,
      }),
    );
  }

  /** A file of this length that reads as zeros. */
  async makeLarge(path: string, size: number): Promise<void> {
    await this.#write(path, "make", (file, abortSignal) => file.create(size, { abortSignal }));
  }

  async putRange(path: string, bytes: Uint8Array, position: number): Promise<void> {
    await this.#write(path, "write", (file, abortSignal) =>
      file.uploadRange(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), position, bytes.length, {
        fileLastWrittenMode: "Preserve",
        abortSignal,
      }),
    );
  }

  async resize(path: string, size: number): Promise<void> {
    await this.#write(path, "resize", (file, abortSignal) => file.resize(size, { abortSignal }));
  }

  /** Metadata of a file that has its content. */
  async finishFile(path: string, entry: TargetEntry, before: { readonly hadMetadata: boolean } = { hadMetadata: false }): Promise<void> {
    const metadata = userMetadata(entry);
    if (metadata !== undefined || before.hadMetadata)
      await this.#write(path, "set the metadata of", (file, abortSignal) => file.setMetadata(metadata ?? {}, { abortSignal }));
    await this.#write(path, "set the properties of", (file, abortSignal) =>
      file.setProperties({ ...this.#properties(entry), fileHttpHeaders: httpHeaders(entry), abortSignal }),
    );
  }

  /** Makes a directory; false when one is there already. */
  async makeDirectory(path: string): Promise<boolean> {
    return await this.#call(`make ${path}`, async ({ signal }) => {
      try {
        await this.#connection.directory(path, "").create({ abortSignal: signal });
        return true;
      } catch (error) {
        if (serviceCode(error) === "ResourceAlreadyExists") return false;
        throw error;
      }
    });
  }

  async finishDirectory(path: string, entry: TargetEntry): Promise<void> {
    const directory = this.#connection.directory(path, "");
    const metadata = userMetadata(entry);
    if (metadata !== undefined)
      await this.#call(`set the metadata of ${path}`, ({ signal }) => directory.setMetadata(metadata, { abortSignal: signal }));
    await this.#call(`set the properties of ${path === "" ? "the root" : path}`, ({ signal }) =>
      directory.setProperties({ ...this.#properties(entry), abortSignal: signal }),
    );
  }

  /** A symbolic link, on an NFS share. */
  async makeLink(path: string, entry: TargetEntry, target: string): Promise<void> {
    const { creationTime, lastWriteTime, posixProperties } = nfsOptions(entry);
    await this.#write(path, "make the link", (file, abortSignal) =>
      file.createSymbolicLink(encodeURIComponent(target), {
        ...(creationTime && { creationTime }),
        lastWriteTime,
        owner: posixProperties.owner,
        group: posixProperties.group,
        abortSignal,
      }),
    );
  }

  /** Another name of a file, on an NFS share. */
  async hardLink(existing: string, path: string): Promise<void> {
    await this.#write(path, "link", (file, abortSignal) => file.createHardLink(`/${existing}`, { abortSignal }));
  }

  /** Moves a file over whatever file has the other name. */
  async replace(from: string, to: string): Promise<void> {
    await this.#write(from, "rename", (file, abortSignal) => file.rename(to, { replaceIfExists: true, ignoreReadOnly: true, abortSignal }));
  }

  async removeFile(path: string): Promise<void> {
    await this.#write(path, "remove", (file, abortSignal) => file.deleteIfExists({ abortSignal }));
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#call(`remove ${path}`, ({ signal }) => this.#connection.directory(path, "").deleteIfExists({ abortSignal: signal }));
  }

  /** Copies a file inside the share without its bytes crossing the network. */
  async copyFile(from: string, to: string): Promise<void> {
    const source = this.#connection.file(from, "").url;
    await this.#write(to, "copy", async (file, abortSignal) => {
      const { copyStatus } = await file.startCopyFromURL(source, { abortSignal });
      if (copyStatus !== "success")
        throw new AppError({ code: "E_TARGET", what: `cannot copy ${from} to ${to}`, why: "the service did not copy it at once" });
    });
  }

  /** The share's key for a security descriptor (SDDL). */
  async permissionKey(sddl: string): Promise<string> {
    const share = this.#connection.share("");
    return await this.#call("make a security descriptor", async ({ signal }) => {
      const { filePermissionKey } = await share.createPermission(sddl, { abortSignal: signal });
      return filePermissionKey ?? "";
    });
  }

  async #write<T>(path: string, doing: string, send: (file: ShareFileClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const file = this.#connection.file(path, "");
    return await this.#call(`${doing} ${path}`, async ({ signal }) => {
      try {
        return await send(file, signal);
      } catch (error) {
        if (serviceCode(error) !== "ReadOnlyAttribute") throw error;
        await file.setProperties({ fileAttributes: "None" as never, abortSignal: signal });
        return await send(file, signal);
      }
    });
  }

  /** Errors of single items are the target's. */
  async #call<T>(doing: string, send: Parameters<ShareConnection["call"]>[1]): Promise<T> {
    try {
      return (await this.#connection.call({ doing, needs: "write" }, send)) as T;
    } catch (error) {
      throw targetError(error);
    }
  }
}

/** An error of reading as one of writing. */
export function targetError(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.code.startsWith("E_SOURCE")) return error;
  const { what, why, hint, data } = error;
  const service = data["serviceCode"];
  const code =
    service === "ResourceTypeMismatch" || service === "ResourceAlreadyExists"
      ? "E_TARGET_EXISTS"
      : service === "ShareSizeLimitReached"
        ? "E_TARGET_FULL"
        : "E_TARGET";
  return new AppError({ code, what, why, hint, data });
}

/** The service's code in what the SDK throws. */
function serviceCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
}
