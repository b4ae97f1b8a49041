import type { Command, Option } from "commander";
import type { Shell } from "./shells";

/** The completion script for a shell, generated from the command line's own definition. Falls back to completing files. */
export function completionScript(program: Command, shell: Shell): string {
  if (shell === "fish") return fish(program);
  const script = bash(program);
  // zsh can run bash's completions; the first line lets it find the script in fpath.
  return shell === "bash" ? script : `#compdef meshfence\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

function bash({ commands }: Command): string {
  const options = commands.map((command) => `    ${command.name()}) words=${quoted(flagsOf(command).join(" "))} ;;`);
  const choices = commands.flatMap((command) =>
    command.options.flatMap((option) =>
      option.argChoices === undefined
        ? []
        : [
            `    ${forms(option)
              .map((form) => `${command.name()}:${form}`)
              .join("|")}) words=${quoted(option.argChoices.join(" "))} ;;`,
          ],
    ),
  );
  return `_meshfence() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(commands.map((command) => command.name()).join(" "))} -- "$current"))
    return
  fi
  case "$command:\${COMP_WORDS[COMP_CWORD-1]}" in
${choices.join("\n")}
  esac
  if [ -z "$words" ] && [ "\${current:0:1}" = - ]; then
    case "$command" in
${options.map((line) => `  ${line}`).join("\n")}
    esac
  fi
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _meshfence meshfence
`;
}

function fish({ commands }: Command): string {
  const lines = commands.flatMap((command) => [
    `complete -c meshfence -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.filter(visible).map((option) => {
      const short = option.short === undefined ? "" : ` -s ${option.short.slice(1)}`;
      const choices = option.argChoices === undefined ? "" : ` -x -a ${quoted(option.argChoices.join(" "))}`;
      const value = choices === "" && (option.required || option.optional) ? " -r" : choices;
      const long = option.long?.replace(/^--/, "") ?? "";
      return `complete -c meshfence -n ${quoted(`__fish_seen_subcommand_from ${command.name()}`)} -l ${long}${short}${value} -d ${quoted(option.description)}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

const visible = ({ hidden }: Option): boolean => !hidden;

const forms = ({ short, long }: Option): string[] => [short, long].filter((form) => form !== undefined);

const flagsOf = ({ options }: Command): string[] => [...options.filter(visible).flatMap(forms), "--help"].sort();

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
