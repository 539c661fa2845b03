import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";

export interface CompletionSource {
  readonly commands: readonly Command[];
  /** First words of two-word commands, with what they are about. */
  readonly groups: Readonly<Record<string, string>>;
}

type Shell = "bash" | "zsh" | "fish";

/** A script for `shell` that completes commands, flags, fixed values, and files elsewhere. */
export function completionScript(shell: Shell, source: CompletionSource): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](source);
}

/** Words that may follow `prefix` ("" or a group) as command names, with summaries. */
function nextWords(source: CompletionSource, group: string): [string, string][] {
  if (group !== "")
    return source.commands
      .filter((command) => command.name.startsWith(`${group} `))
      .map((command) => [command.name.slice(group.length + 1), command.summary]);
  const single = source.commands
    .filter((command) => !command.name.includes(" "))
    .map((command): [string, string] => [command.name, command.summary]);
  return [...single, ...Object.entries(source.groups)];
}

function flagsOf(command: Command): Flag<unknown>[] {
  const own = Object.values(command.flags);
  return [...own, ...Object.values(GLOBAL_FLAGS)];
}

function valuedWords(flags: readonly Flag<unknown>[]): string[] {
  return flags
    .filter((flag) => flag.placeholder !== "")
    .flatMap((flag) => [`--${flag.long}`, ...(flag.short === "" ? [] : [`-${flag.short}`])]);
}

const isFile = (flag: Flag<unknown>): boolean => ["FILE", "DIR", "REPO", "PATH"].includes(flag.placeholder);

function bashScript(source: CompletionSource): string {
  const groups = Object.keys(source.groups);
  const cases = source.commands.map((command) => {
    const flags = flagsOf(command);
    const values = flags
      .filter((flag) => flag.choices.length > 0)
      .map((flag) => `      --${flag.long}) COMPREPLY=($(compgen -W "${flag.choices.join(" ")}" -- "$cur")); return ;;`);
    const free = flags
      .filter((flag) => flag.placeholder !== "" && flag.choices.length === 0 && !isFile(flag))
      .map((flag) => `--${flag.long}`);
    const choices = command.args.flatMap((argument) => argument.choices ?? []);
    return [
      `    "${command.name}")`,
      `      case $prev in`,
      ...values,
      ...(free.length === 0 ? [] : [`      ${free.join("|")}) return ;;`]),
      `      ${valuedWords(flags.filter(isFile)).join("|")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`,
      `      esac`,
      `      words="${flags.map((flag) => `--${flag.long}`).join(" ")} --help"`,
      ...(choices.length === 0 ? [] : [`      others="${choices.join(" ")}"`]),
      `      ;;`,
    ].join("\n");
  });
  const names = ["", ...groups].map(
    (group) =>
      `    "${group}") others="${nextWords(source, group)
        .map(([word]) => word)
        .join(" ")}" ;;`,
  );
  return `# bash completion for varve
_varve() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= others= at word
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
      ${valuedWords(Object.values(GLOBAL_FLAGS)).join("|")}) at=$((at + 1)) ;;
      -*) ;;
      *)
        case "$command" in
          "") command=$word ;;
          ${groups.join("|")}) command="$command $word" ;;
        esac
        ;;
    esac
  done
  case "$command" in
${names.join("\n")}
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "\${words:-${Object.values(GLOBAL_FLAGS)
      .map((flag) => `--${flag.long}`)
      .join(" ")} --help --version}" -- "$cur"))
  elif [[ -n $others ]]; then
    COMPREPLY=($(compgen -W "$others" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _varve varve`;
}

function zshScript(source: CompletionSource): string {
  const quote = (text: string): string =>
    text.replaceAll("'", "'\\''").replaceAll("[", "\\[").replaceAll("]", "\\]").replaceAll(":", "\\:");
  const describe = (group: string): string =>
    nextWords(source, group)
      .map(([word, text]) => `'${word}:${quote(text)}'`)
      .join(" ");
  const spec = (flag: Flag<unknown>): string => {
    const action = flag.choices.length > 0 ? `(${flag.choices.join(" ")})` : isFile(flag) ? "_files" : "";
    const value = flag.placeholder === "" ? "" : `:${flag.placeholder}:${action}`;
    return `'${flag.repeatable ? "*" : ""}--${flag.long}${flag.placeholder === "" ? "" : "="}[${quote(flag.help)}]${value}'`;
  };
  const globals = Object.values(GLOBAL_FLAGS).map(spec).join(" ");
  const cases = source.commands.map((command) => {
    const choices = command.args.flatMap((argument) => argument.choices ?? []);
    const rest = choices.length === 0 ? "'*:file:_files'" : `'1:value:(${choices.join(" ")})'`;
    return `    '${command.name}') _arguments ${[...Object.values(command.flags).map(spec), globals, rest].join(" ")} ;;`;
  });
  const groups = Object.keys(source.groups).map(
    (group) => `    '${group}') local -a verbs=(${describe(group)}); _describe command verbs ;;`,
  );
  return `#compdef varve
_varve() {
  local command=$words[2]
  if (( CURRENT == 2 )); then
    local -a verbs=(${describe("")})
    _describe command verbs
    return
  fi
  case $command in
    ${Object.keys(source.groups).join("|")}) if (( CURRENT > 3 )); then command="$command $words[3]"; shift words; (( CURRENT-- )); fi ;;
  esac
  shift words; (( CURRENT-- ))
  case $command in
${groups.join("\n")}
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _varve ]; then _varve "$@"; else compdef _varve varve; fi`;
}

function fishScript(source: CompletionSource): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const seen = (name: string): string => {
    const [first = "", second] = name.split(" ");
    return second === undefined
      ? `__fish_seen_subcommand_from ${first}`
      : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
  };
  const flagLine = (flag: Flag<unknown>, condition: string): string => {
    const value =
      flag.choices.length > 0 ? ` -x -a ${quote(flag.choices.join(" "))}` : flag.placeholder === "" ? "" : isFile(flag) ? " -r -F" : " -x";
    return `complete -c varve${condition}${flag.short === "" ? "" : ` -s ${flag.short}`} -l ${flag.long}${value} -d ${quote(flag.help)}`;
  };
  const words = nextWords(source, "").map(([word, text]) => `complete -c varve -n __fish_use_subcommand -f -a ${word} -d ${quote(text)}`);
  const verbs = Object.keys(source.groups).flatMap((group) => {
    const names = nextWords(source, group);
    const condition = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${names.map(([word]) => word).join(" ")}`;
    return names.map(([word, text]) => `complete -c varve -n ${quote(condition)} -f -a ${word} -d ${quote(text)}`);
  });
  const flags = source.commands.flatMap((command) => [
    ...command.args.flatMap((argument) =>
      argument.choices === undefined
        ? []
        : [`complete -c varve -n ${quote(seen(command.name))} -f -a ${quote(argument.choices.join(" "))}`],
    ),
    ...Object.values(command.flags).map((flag) => flagLine(flag, ` -n ${quote(seen(command.name))}`)),
  ]);
  return [
    "# fish completion for varve",
    ...words,
    ...verbs,
    ...Object.values(GLOBAL_FLAGS).map((flag) => flagLine(flag, "")),
    ...flags,
  ].join("\n");
}
