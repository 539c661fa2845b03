/**
 * Runs as a child: changes the files of a folder as fast as it can, until it is killed. Every state in which it leaves a file can be
 * told whole or torn by looking at it: see `restlessProblem`.
 */
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const REPLACED_FILES = 12;
const STREAMS = 4;
const REPLACED_BYTES_MAX = 6_000_000;
const STREAM_BYTES_MAX = 8_000_000;
const LINE_BYTES = 16;

/** The content that replaces a file: its number and length, then that many bytes that the number decides. */
function replacedContent(state: number): Buffer {
  const length = (state * 7919 * 127) % REPLACED_BYTES_MAX;
  return Buffer.concat([Buffer.from(`${state} ${length}\n`), Buffer.alloc(length, `<${state}>`)]);
}

/** Lines that count up from a place on; a stream never has anything but a beginning of all of them. */
function streamLines(from: number, bytes: number): Buffer {
  const lines: string[] = [];
  for (let line = from / LINE_BYTES; lines.length * LINE_BYTES < bytes; line += 1) lines.push(`${String(line).padStart(LINE_BYTES - 1)}\n`);
  return Buffer.from(lines.join(""));
}

/** What is wrong with a file that the writer may have left, by its name; undefined when it is whole. */
export function restlessProblem(name: string, content: Buffer): string | undefined {
  if (name.startsWith("stream"))
    return content.equals(streamLines(0, content.length).subarray(0, content.length)) ? undefined : "is no beginning of its stream";
  const state = Number(/^\d+/.exec(content.toString("latin1", 0, 20))?.[0] ?? Number.NaN);
  if (Number.isNaN(state)) return "begins with no state";
  return content.equals(replacedContent(state)) ? undefined : `is not state ${state} as a whole`;
}

/** One change: a file is replaced or vanishes and comes back elsewhere, a stream grows or is cut. */
function change(folder: string, step: number, lengths: number[]): void {
  const at = step % REPLACED_FILES;
  const path = `${folder}/folder-${at % 3}/replaced-${at}`;
  if (step % 5 === 0) rmSync(path, { force: true });
  else {
    writeFileSync(`${folder}/../next`, replacedContent(step));
    renameSync(`${folder}/../next`, path);
  }
  const stream = step % STREAMS;
  const name = `${folder}/stream-${stream}`;
  const length = lengths[stream] ?? 0;
  if (length > STREAM_BYTES_MAX) {
    lengths[stream] = LINE_BYTES * 1000;
    truncateSync(name, LINE_BYTES * 1000);
  } else {
    appendFileSync(name, streamLines(length, LINE_BYTES * 20_000));
    lengths[stream] = length + LINE_BYTES * 20_000;
  }
}

function main(folder: string): void {
  const lengths: number[] = [];
  for (let at = 0; at < 3; at += 1) mkdirSync(`${folder}/folder-${at}`, { recursive: true });
  for (let step = 1; ; step += 1) {
    change(folder, step, lengths);
    if (step === REPLACED_FILES * 2) process.stdout.write("ready\n");
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2] ?? "");
