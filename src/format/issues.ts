import type { Builder, Offset } from "flatbuffers";
import { must } from "../shared/assert.ts";
import { MANIFEST_ISSUES_MAX } from "./entry.ts";
import type { ManifestIssue } from "./entry.ts";
import { Issue } from "./generated/issue.ts";
import { writeOffsets, writeText } from "./write-parts.ts";

/** Writes the first `MANIFEST_ISSUES_MAX` issues. */
export function writeIssues(builder: Builder, issues: readonly ManifestIssue[]): Offset {
  return writeOffsets(
    builder,
    issues.slice(0, MANIFEST_ISSUES_MAX).map((issue) => {
      const path = writeText(builder, issue.path);
      const code = writeText(builder, issue.code);
      const message = writeText(builder, issue.message);
      return Issue.createIssue(builder, path, code, message);
    }),
  );
}

/** Reads `count` issues of a verified buffer. */
export function readIssues(count: number, at: (index: number) => Issue | null): readonly ManifestIssue[] {
  return Array.from({ length: count }, (_, index) => {
    const issue = must(at(index), "a verified buffer has its issues");
    return { path: issue.path() ?? "", code: issue.code() ?? "", message: issue.message() ?? "" };
  });
}
