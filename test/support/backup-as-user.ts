// Backs up a tree as nobody and prints what came of it: node backup-as-user.ts TREE REPOSITORY CATALOG
import { runBackup } from "../../src/archiver/backup.ts";
import { NO_EXCLUDES } from "../../src/archiver/face.ts";
import { openRepository } from "../../src/repository/open.ts";
import { must } from "../../src/shared/assert.ts";
import { byteStringOf } from "../../src/shared/bytes.ts";
import { systemClock as clock } from "../../src/shared/clock.ts";
import { isAppError } from "../../src/shared/errors.ts";
import { systemRandom as random } from "../../src/shared/random.ts";
import { silentReporter } from "../../src/telemetry/events.ts";
import { readBack } from "./thin-backup.ts";

const NOBODY = 65_534;

async function backUp(tree: string, repositoryPath: string, catalogPath: string): Promise<unknown> {
  const repository = await openRepository({
    spec: { kind: "local", path: repositoryPath },
    secret: {},
    cacheDirectory: undefined,
    clock,
    random,
  });
  const reporter = silentReporter();
  const request = {
    exclude: NO_EXCLUDES,
    tags: [],
    host: "host",
    user: "user",
    dryRun: false,
    rereadAll: false,
    threads: 0,
    compressionLevel: 1,
  };
  try {
    const summary = await runBackup({
      repository,
      catalogPath,
      request: { ...request, sources: [byteStringOf(tree)] },
      reporter,
      clock,
      random,
      signal: new AbortController().signal,
    });
    const files = [...(await readBack(repository, await repository.findSnapshot("latest"))).keys()].toSorted();
    return { summary, files, issues: reporter.issues.map(({ code, path }) => `${code} ${path}`) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { error: error.code };
  } finally {
    await repository.close();
  }
}

const [tree, repository, catalog] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(NOBODY);
process.setuid?.(NOBODY);
const found = await backUp(must(tree, "a tree"), must(repository, "a repository"), must(catalog, "a catalog"));
process.stdout.write(JSON.stringify(found));
