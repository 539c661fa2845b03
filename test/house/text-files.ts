import { readdirSync, readFileSync } from "node:fs";

/** A file as text, its path from the repository root. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Folders that `.gitignore` keeps out of version control, and version control itself. */
const SKIPPED = new Set([".git", "node_modules", "dist", "coverage"]);

/** Every text file below `root` that belongs to the project; binary files are left out. */
export function textFiles(root: string): readonly TextFile[] {
  const files: TextFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(`${path}/`);
      if (!entry.isFile() || entry.name.endsWith(".log")) continue;
      const text = readFileSync(`${root}/${path}`, "utf8");
      if (!text.includes("\0")) files.push({ path, text });
    }
  };
  visit("");
  return files;
}
