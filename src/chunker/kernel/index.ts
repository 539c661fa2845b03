export { configure, nextCut } from "./gear";
export { xorAccumulator, xorDigest, xorPrepare, xorReset, xorUpdate } from "./xor";
