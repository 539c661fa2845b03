export { DEFAULT_ACCOUNT, DEFAULT_KEY, startEmulator, type Emulator, type EmulatorOptions } from "./server.ts";
