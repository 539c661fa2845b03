import { readProject, type SourceFacts } from "./syntax.ts";

/** The folder of the repository, without a slash at the end. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Written by tools and compared with their source by `npm run check:generated`; no person reads their shape. */
const GENERATED = ["src/format/generated/", "src/chunker/kernel.wasm.ts", "src/guid/md5-kernel.wasm.ts"];

let facts: readonly SourceFacts[] | undefined;

/** Every TypeScript file people write in this repository; parsed once a process. */
export function projectFacts(): readonly SourceFacts[] {
  facts ??= readProject(ROOT).filter(({ path }) => !GENERATED.some((prefix) => path.startsWith(prefix)));
  return facts;
}
