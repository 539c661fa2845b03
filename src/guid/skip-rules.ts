import picomatch from "picomatch";

/** Names with a slash are matched against the whole path, all others against the last part of it. */
interface FileRule {
  readonly text: string;
  readonly wholePath: boolean;
  readonly matches: (text: string) => boolean;
}

/** Decides which files of a mapping are left out, and which are stood for by a placeholder. Both kinds of slash part a path. */
export class SkipRules {
  readonly #files: readonly FileRule[];
  readonly #paths: readonly string[];

  /** `files` are names or globs; a name counts as it stands, even when it has characters of globs. `paths` are absolute. */
  constructor(files: readonly string[], paths: readonly string[]) {
    this.#files = files.map((text) => ({
      text: slashed(text),
      wholePath: slashed(text).includes("/"),
      matches: picomatch(slashed(text), { dot: true }),
    }));
    this.#paths = paths.map((path) => slashed(path).replace(/\/+$/, ""));
  }

  decide(path: string): "save" | "skip" | "placeholder" {
    const whole = slashed(path);
    const name = whole.slice(whole.lastIndexOf("/") + 1);
    const asked = (rule: FileRule): string => (rule.wholePath ? whole : name);
    if (this.#files.some((rule) => asked(rule) === rule.text || rule.matches(asked(rule)))) return "skip";
    return this.#paths.some((skipped) => whole === skipped || whole.startsWith(`${skipped}/`)) ? "placeholder" : "save";
  }
}

/** Mappings made on Windows part their paths with backslashes; on other systems a backslash may be a part of a name. */
function slashed(path: string): string {
  return isWindowsPath(path) ? path.replaceAll("\\", "/") : path;
}

/** `C:\dir`, `C:/dir`, `\\server\share`, `\\?\C:\dir`. */
export function isWindowsPath(path: string): boolean {
  return /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);
}
