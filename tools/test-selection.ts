import { parseArgs } from "node:util";

/** What a test needs beside Node, said by the last suffix of its file name; `plain` needs nothing. */
export const NEEDS = ["slow", "azurite", "plain"] as const;

export type Need = (typeof NEEDS)[number];

/** Which test files to run, and how. */
export interface TestOptions {
  /** Parts of paths; a file runs when its path contains one of them. Empty: all files. */
  readonly parts: readonly string[];
  readonly needs: readonly Need[];
  /** Only tests whose name matches. */
  readonly name: string | undefined;
  readonly jobs: number;
  /** Print the files instead of running them. */
  readonly list: boolean;
  readonly timings: boolean;
  readonly help: boolean;
}

export const TEST_HELP = `npm test -- [PATH-PART...] [options]

  PATH-PART       run files whose path contains it: src/format, pack-reader, test/house
  --fast          leave out *.slow.test.ts
  --only NEED     run only files of this need (repeatable): plain, azurite, slow
  --skip NEED     leave out files of this need (repeatable)
  --name TEXT     run only tests whose name matches this regular expression
  --jobs N        files that run at the same time
  --list          print the files and stop
  --timings       print the ten slowest files at the end
`;

/** Reads the command line; throws a TypeError that names an option it does not know. */
export function parseTestOptions(args: readonly string[], jobsDefault: number): TestOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      fast: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      skip: { type: "string", multiple: true, default: [] },
      name: { type: "string" },
      jobs: { type: "string", default: String(jobsDefault) },
      list: { type: "boolean", default: false },
      timings: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new TypeError(`--jobs takes a number from 1, not ${values.jobs}`);
  const only = values.only.map(toNeed);
  const skip = [...values.skip.map(toNeed), ...(values.fast ? ["slow" as const] : [])];
  const needs = NEEDS.filter((need) => (only.length === 0 || only.includes(need)) && !skip.includes(need));
  const { list, timings, help, name } = values;
  return { parts: positionals.map((part) => part.replace(/^\.\//, "")), needs, name, jobs, list, timings, help };
}

function toNeed(text: string): Need {
  const need = NEEDS.find((known) => known === text);
  if (need === undefined) throw new TypeError(`there is no need named ${text}: ${NEEDS.join(", ")}`);
  return need;
}

/** The need of a test file. */
export function needOf(path: string): Need {
  return NEEDS.find((need) => path.endsWith(`.${need}.test.ts`)) ?? "plain";
}

/** The files to run, those that take longest first so that no core idles at the end. */
export function selectTests(paths: readonly string[], { parts, needs }: Pick<TestOptions, "parts" | "needs">): readonly string[] {
  const wanted = (path: string): boolean => parts.length === 0 || parts.some((part) => path.includes(part));
  return needs.flatMap((need) => paths.filter((path) => needOf(path) === need && wanted(path)));
}
