export { openSyntheticBackend, type SyntheticBackend } from "./backend/synthetic/synthetic-backend.ts";
export { parseSpec, SpecError, type SyntheticSpec } from "./backend/synthetic/spec.ts";
export { NO_FAULTS, parseFaultSettings, type FaultSettings } from "./faults/fault-settings.ts";
export type { CounterReport, OperationCount } from "./log/counters.ts";
export type { RequestEntry } from "./log/request-entry.ts";
export { DEFAULT_ACCOUNT, DEFAULT_KEY, startEmulator, type Emulator, type EmulatorOptions } from "./server.ts";
