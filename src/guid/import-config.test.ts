import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../config/parse.ts";
import { renderGuidConfig } from "../config/render-guid.ts";
import { importConfig } from "./import-config.ts";
import type { ImportedConfig } from "./import-config.ts";

const linesOf = (remarks: ImportedConfig["problems"]): readonly number[] => remarks.map(({ line }) => line);

test("importConfig() takes over every setting of a usual file", () => {
  const { config, problems, warnings } = importConfig(`"""Settings of the backup."""
import os
from os import environ

# where the files are
source_path = r"C:\\data\\server"   # raw
guid_mapping_file = 'guid_file_mapping.json'
skip_files = [
    "*.tmp",  # temporary
    'Thumbs' '*.db',
]
skip_path = ("/srv/data/cache",)
restore_root = u"/restore/\\u00e4"
max_workers = 2_0
METRICS_LOG_FILE = (
    "system_"
    "metrics_log.json"
)
connection_string = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
container_name = "back" + "up"; 
`);
  assert.deepEqual([problems, warnings], [[], []]);
  assert.deepEqual(config, {
    source_path: "C:\\data\\server",
    guid_mapping_file: "guid_file_mapping.json",
    skip_files: ["*.tmp", "Thumbs*.db"],
    skip_path: ["/srv/data/cache"],
    restore_root: "/restore/ä",
    max_workers: 20,
    metrics_log_file: "system_metrics_log.json",
    connection_string: { env: "AZURE_STORAGE_CONNECTION_STRING" },
    container_name: "backup",
  });
});

test("importConfig() never copies a secret, and says where one stands", () => {
  for (const line of [
    'connection_string = "AccountName=a;AccountKey=S3cret=="',
    'connection_string = os.getenv("CONNECTION", "AccountKey=S3cret==")',
    'connection_string = ["AccountKey=S3cret=="]',
  ]) {
    const imported = importConfig(`import os\n\n${line}\n`);
    assert.deepEqual(linesOf(imported.warnings), [3]);
    assert.ok(!JSON.stringify(imported).includes("S3cret"));
    assert.ok(typeof imported.config.connection_string === "object");
  }
  for (const lookup of [
    'os.getenv("X")',
    'os.environ.get("X")',
    "os.environ['X']",
    "environ['X']",
    'getenv("X", None)',
    'os.environ.get(\n  "X",\n  None)',
  ])
    assert.deepEqual(importConfig(`connection_string = ${lookup}`), {
      config: { connection_string: { env: "X" } },
      problems: [],
      warnings: [],
    });
});

test("importConfig() names each line it cannot take over, runs nothing, and goes on behind it", () => {
  const { config, problems } = importConfig(`source_path = get_path()
skip_files = ["a", name]
max_workers = os.cpu_count()
container_name = os.environ["CONTAINER"]
def helper():
    return 1
restore_root = f"/restore/{name}"
max_workers = 0
sorce_path = "/x"
metrics_log_file = 5
guid_mapping_file = "unclosed
skip_path = {"a": 1}
source_path = "/after"
max_workers = 8
max_workers = None
skip_files = []
`);
  assert.deepEqual(linesOf(problems), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assert.match(problems[3]?.text ?? "", /VARVE_GUID_CONTAINER_NAME/);
  assert.match(problems[8]?.text ?? "", /did you mean source_path/);
  assert.deepEqual(config, { source_path: "/after", max_workers: 8 });
});

test("importConfig() warns that names of skip_files no longer match parts of a path", () => {
  assert.deepEqual(linesOf(importConfig('\nskip_files = ["tmp", "*.bak"]').warnings), [2]);
  assert.deepEqual(importConfig('skip_files = ["*tmp*"]').warnings, []);
});

test("importConfig() ends with a result for any text", () => {
  const words = fc.constantFrom(
    "source_path",
    "=",
    '"',
    "'",
    '"""',
    "[",
    "]",
    "(",
    ")",
    ",",
    "\n",
    "\\",
    "os",
    ".",
    "environ",
    "x",
    "#",
    "1",
    " ",
    "\r\n",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(words).map((parts) => parts.join("")),
        fc.string(),
      ),
      (text) => {
        const { problems } = importConfig(text);
        assert.ok(problems.every(({ line }) => line >= 1 && line <= text.split("\n").length));
      },
    ),
  );
});

test("renderGuidConfig() writes what the configuration reads back", () => {
  const texts = fc.string({ minLength: 1 }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(texts, fc.array(texts, { minLength: 1 }), fc.integer({ min: 1, max: 256 }), (text, list, workers) => {
      const guid = { source_path: text, skip_files: list, max_workers: workers, connection_string: { env: "X" } };
      assert.deepEqual(parseConfig(renderGuidConfig(guid), "varve.yaml").config.guid, guid);
    }),
  );
});
