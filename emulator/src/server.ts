import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuthOptions } from "./auth/authenticate.ts";
import type { Backend } from "./backend/backend.ts";
import { openDiskBackend } from "./backend/disk/disk-backend.ts";
import { answerControl, CONTROL_BODY_BYTES_MAX, isControl, type ControlResource } from "./control/control.ts";
import { countersResource, faultsResource, logResource } from "./control/resources.ts";
import type { FaultSettings } from "./faults/fault-settings.ts";
import { Faults } from "./faults/faults.ts";
import { HandleTable } from "./handlers/handle-table.ts";
import { LeaseBook } from "./handlers/lease-book.ts";
import type { World } from "./handlers/world.ts";
import type { CounterReport } from "./log/counters.ts";
import { LogFile } from "./log/log-file.ts";
import type { RequestEntry } from "./log/request-entry.ts";
import { RequestLog } from "./log/request-log.ts";
import { steadyClock, type Clock } from "./protocol/clock.ts";
import { sourceReader } from "./server/copy-source.ts";
import { exchange, type ExchangeParts } from "./server/exchange.ts";
import { handlesResource, openHandle, type HandleRequest } from "./server/handles-resource.ts";
import { listen, type TlsFiles } from "./server/listen.ts";
import { RequestBody } from "./server/read-body.ts";

/** The account and key that every storage emulator knows. They protect nothing. */
export const DEFAULT_ACCOUNT = "devstoreaccount1";
export const DEFAULT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** What an emulator serves, and how. */
export interface EmulatorOptions {
  /** A directory for the disk backend, or a backend that is open; closing the emulator closes it. */
  readonly store: string | ((clock: Clock) => Backend | Promise<Backend>);
  readonly host?: string;
  /** 0 or none: a free one. */
  readonly port?: number;
  readonly account?: string;
  /** In base64. */
  readonly key?: string;
  readonly bearer?: AuthOptions["bearer"];
  /** Speak HTTPS with this certificate. */
  readonly tls?: TlsFiles;
  readonly faults?: FaultSettings;
  /** A file that gets a line of JSON for each request. */
  readonly logFile?: string;
  /** Told of each request once it is answered. */
  readonly onRequest?: (entry: RequestEntry) => void;
  /** Further names below the control endpoint. */
  readonly control?: Readonly<Record<string, ControlResource>>;
  /** Milliseconds since 1970; for tests that own the time. */
  readonly nowMs?: () => number;
  readonly onBug?: (error: unknown) => void;
}

/** A running emulator. */
export interface Emulator {
  /** The account's URL: `http://127.0.0.1:10004/devstoreaccount1`. */
  readonly url: string;
  /** For every Azure Files client. */
  readonly connectionString: string;
  readonly account: string;
  readonly key: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  counters(): CounterReport;
  /** Opens a handle as an SMB client would. The handle's id. */
  openHandle(request: HandleRequest): Promise<string>;
  /** Ends connections and closes the backend. */
  close(): Promise<void>;
}

/** Starts an emulator in this process; it answers when the promise is kept. Throws what the system says about the address or the directory. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { host = "127.0.0.1", port = 0, account = DEFAULT_ACCOUNT, key = DEFAULT_KEY, nowMs = Date.now } = options;
  const clock = steadyClock(nowMs);
  const backend = typeof options.store === "string" ? openDiskBackend(options.store, clock) : await options.store(clock);
  const logFile = options.logFile === undefined ? undefined : await LogFile.open(options.logFile);
  const log = new RequestLog({ file: logFile, onRequest: options.onRequest });
  const faults = new Faults(() => performance.now(), options.faults);
  const auth: AuthOptions = {
    account,
    key: Buffer.from(key, "base64"),
    nowMs,
    bearer: options.bearer ?? "refused",
    policyOf: async (share, identifier) => (await backend.shares.get(share))?.policies.find(({ id }) => id === identifier),
  };
  const world = makeWorld(backend, clock, auth);
  const parts: ExchangeParts = { world, auth, faults, log, sleep, nowMs, onBug: options.onBug ?? (() => undefined) };
  const control = {
    faults: faultsResource(faults),
    counters: countersResource(log),
    log: logResource(log),
    handles: handlesResource(world),
    ...options.control,
  };
  const closeStore = async (): Promise<void> => {
    await backend.close();
    await logFile?.close();
  };
  const server = await listen(listener(parts, control), { host, port, tls: options.tls }).catch(async (error: unknown) => {
    await closeStore();
    throw error;
  });
  const url = `${server.origin}/${account}`;
  return {
    url,
    connectionString: `DefaultEndpointsProtocol=${url.split(":")[0]};AccountName=${account};AccountKey=${key};FileEndpoint=${url};`,
    account,
    key,
    faults,
    log,
    counters: () => log.counters(),
    openHandle: async (request) => (await openHandle(world, request)).id,
    close: async () => {
      await server.close();
      await closeStore();
    },
  };
}

function makeWorld(backend: Backend, clock: Clock, auth: AuthOptions): World {
  return {
    backend,
    clock,
    newGuid: randomUUID,
    handles: new HandleTable(),
    leases: new LeaseBook(backend.leases, clock),
    sources: sourceReader(backend, auth),
    serviceProperties: { xml: undefined },
  };
}

function listener(parts: ExchangeParts, control: Readonly<Record<string, ControlResource>>): RequestListener {
  return (request, response) => {
    const work = isControl(request.url ?? "") ? controlExchange(request, response, control) : exchange(request, response, parts);
    work.catch((error: unknown) => {
      parts.onBug(error);
      response.destroy();
    });
  };
}

async function controlExchange(
  request: IncomingMessage,
  response: ServerResponse,
  control: Readonly<Record<string, ControlResource>>,
): Promise<void> {
  const body = Buffer.from(await new RequestBody(request).read(CONTROL_BODY_BYTES_MAX)).toString();
  const answer = await answerControl({ method: request.method ?? "GET", target: request.url ?? "/", body }, control);
  response.writeHead(answer.status, answer.contentType === "" ? {} : { "content-type": answer.contentType });
  response.end(answer.body);
}
