import type { GuidServices, OperationServices, RepositoryServices, Services, TreeServices } from "./services.ts";

// Each operation loads what it needs when it is called: `varve snapshots` never pays for the archiver.

const repositories: RepositoryServices = {
  describe: async (place) => {
    const { describeLocation, parseLocation } = await import("../storage/location.ts");
    return describeLocation(parseLocation(place.location, place.env));
  },
  init: async ({ place, ...request }) => {
    const [{ parseLocation }, { initRepository }] = await Promise.all([import("../storage/location.ts"), import("../repository/init.ts")]);
    return initRepository({ spec: parseLocation(place.location, place.env), ...request });
  },
  open: async ({ place, gauge, ...request }) => {
    const [{ parseLocation }, { openRepository }] = await Promise.all([import("../storage/location.ts"), import("../repository/open.ts")]);
    const spec = parseLocation(place.location, place.env);
    return openRepository({ spec: gauge === undefined ? spec : { ...spec, gauge: gauge.memory }, ...request });
  },
};

/** Modules are loaded once, however often they are asked for. */
const programs = {
  backup: () => import("../archiver/backup.ts"),
  restore: () => import("../restorer/restore.ts"),
  check: () => import("../maintenance/check.ts"),
} as const;

const operations: OperationServices = {
  load: (operation) => {
    // A module that cannot be loaded fails where it is used.
    programs[operation]().catch(() => undefined);
  },
  backup: async (repository, request, world) => {
    const { runBackup } = await programs.backup();
    return runBackup({ repository, request, ...world });
  },
  restore: async (repository, request, world) => {
    const { runRestore } = await programs.restore();
    return runRestore({ repository, request, ...world });
  },
  check: async (repository, request, world) => {
    const { runCheck } = await programs.check();
    return runCheck({ repository, request, ...world });
  },
  scan: async (request, world) => {
    const { scanSource } = await import("../scanner/scan-source.ts");
    return scanSource(request, world);
  },
  rebuildCatalog: async (repository, catalogPath, world) => {
    const { rebuildCatalog } = await import("../maintenance/rebuild-catalog.ts");
    return rebuildCatalog({ repository, catalogPath, reporter: world.reporter, clock: world.clock });
  },
};

const trees: TreeServices = {
  async *list(repository, place) {
    const { listTree } = await import("../maintenance/list.ts");
    yield* listTree(repository, place);
  },
  async *find(repository, request) {
    const { findEntries } = await import("../maintenance/find.ts");
    yield* findEntries(repository, request);
  },
  async *diff(repository, sides) {
    const { diffSnapshots } = await import("../maintenance/diff.ts");
    yield* diffSnapshots(repository, sides);
  },
  async *dumpFile(repository, place) {
    const { dumpFile } = await import("../restorer/dump.ts");
    yield* dumpFile(repository, place.snapshot, place.path);
  },
  async *dumpTar(repository, place) {
    const { dumpTar } = await import("../restorer/dump.ts");
    yield* dumpTar(repository, place.snapshot, place.path);
  },
};

const guid: GuidServices = {
  index: async (request, world, listener) => {
    const { runGuidIndex } = await import("../guid/index-tree.ts");
    return runGuidIndex(request, world, listener);
  },
  save: async (request, world) => {
    const { runGuidSave } = await import("../guid/save.ts");
    return runGuidSave(request, world);
  },
  restore: async (request, world, listener) => {
    const { runGuidRestore } = await import("../guid/restore.ts");
    return runGuidRestore(request, world, listener);
  },
  verify: async (request, world, listener) => {
    const { runGuidVerify } = await import("../guid/verify.ts");
    return runGuidVerify(request, world, listener);
  },
};

/** The program's own services. */
export const realServices: Services = { repositories, operations, trees, guid };
