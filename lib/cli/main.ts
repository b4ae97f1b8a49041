#!/usr/bin/env node
import "./compile-cache";
import { writeSync } from "node:fs";
import { Command, CommanderError, Help, Option } from "commander";
import { printable, safeOutput } from "../common/printable";
import { completionCommand } from "./commands/completion";
import { diffCommand } from "./commands/diff";
import { downCommand } from "./commands/down";
import { explainCommand } from "./commands/explain";
import { imagesCommand } from "./commands/images";
import { learnCommand } from "./commands/learn";
import { lintCommand } from "./commands/lint";
import { mcpCommand } from "./commands/mcp";
import { planCommand } from "./commands/plan";
import { prCommand } from "./commands/pr";
import { reachCommand } from "./commands/reach";
import { replayCommand } from "./commands/replay";
import { rolloutCommand } from "./commands/rollout";
import { startCommand } from "./commands/start";
import { upCommand } from "./commands/up";
import { verifyCommand } from "./commands/verify";
import { viewCommand } from "./commands/view";
import { endAfterProgram, endAtOnce } from "./input/foreign-program";
import { Exit } from "./output/exit";
import { handleLostOutput } from "./output/lost-output";
import { ownVersion } from "./output/own-version";

/**
 * The `meshfence` command. Each subcommand has a file of its own in `commands` and loads what it needs only when it runs,
 * so that `meshfence lint` never pays for Pulumi.
 */
export function cli(): Command {
  const program = new Command("meshfence")
    .version(ownVersion(), "-V, --version", "the version of meshfence")
    .description("Linkerd meshes fenced by Cilium: plan, predict and prove who can talk to whom")
    .addCommand(startCommand())
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(verifyCommand())
    .addCommand(planCommand())
    .addCommand(imagesCommand())
    .addCommand(reachCommand())
    .addCommand(diffCommand())
    .addCommand(explainCommand())
    .addCommand(viewCommand())
    .addCommand(lintCommand())
    .addCommand(prCommand())
    .addCommand(replayCommand())
    .addCommand(learnCommand())
    .addCommand(rolloutCommand())
    .addCommand(mcpCommand())
    .addCommand(completionCommand());
  for (const command of program.commands) addOutputAlias(command.configureHelp({ optionDescription }));
  for (const command of [program, ...program.commands])
    command
      .exitOverride((error) => exitWithHint(command, error))
      .configureOutput({ writeErr: (text) => process.stderr.write(safeOutput(text)) });
  return program;
}

/**
 * Runs the command that these arguments name, which sets the process's exit status. The process ends by itself, so that its last output is written or
 * known to be lost.
 */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await cli().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? Exit.Fine : Exit.BadInput;
  }
}

/** Commander's codes for command lines that do not fit the command's definition. */
const misused = ["unknownCommand", "unknownOption", "missingArgument", "excessArguments"].map(
  (code) => `commander.${code}`,
);

function exitWithHint(command: Command, error: CommanderError): never {
  const whole = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  const listed = command.parent === null ? "the commands" : "its arguments and options";
  if (misused.includes(error.code)) process.stderr.write(`\`${whole} --help\` lists ${listed}\n`);
  throw error;
}

/** Leaves out the empty default of an option that may be repeated. */
function optionDescription(option: Option): string {
  const { defaultValue } = option;
  const isNone = Array.isArray(defaultValue) && defaultValue.length === 0;
  return new Help().optionDescription(
    isNone ? Object.assign(new Option(option.flags), option, { defaultValue: undefined }) : option,
  );
}

/** Adds `-o json`, as in kubectl, to commands with a format whose `--output` is not a file. */
function addOutputAlias(command: Command): void {
  const format = command.options.find(({ long }) => long === "--format");
  if (format?.argChoices === undefined || command.options.some(({ long }) => long === "--output")) return;
  command.addOption(new Option("-o, --output <format>", "same as --format").choices(format.argChoices));
  command.on("option:output", (chosen: string) => command.setOptionValue("format", chosen));
}

/** System errors that are not bugs of meshfence, by their code. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open; raise `ulimit -n`",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "not enough memory is left",
  EAGAIN: "no more processes may be started; raise `ulimit -u`",
};

const firstLine = (text: string): string => text.split("\n")[0] || "unknown";

/** Reports an unexpected error and how to file it, with an exit status that no gate takes for an answer. */
function exitOnBug(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const say = (text: string) => {
    try {
      writeSync(2, text);
    } catch {
      // Standard error is closed; the exit status remains.
    }
  };
  const reason = code === undefined ? undefined : systemErrors[code];
  if (reason !== undefined) {
    say(`error: ${reason}: ${printable(firstLine(message))}\n`);
    endAtOnce(Exit.BadInput);
  }
  const what = firstLine(String(message ?? error));
  const where = process.env.MESHFENCE_DEBUG === undefined ? "" : `\n${(error as Error).stack}`;
  say(
    `meshfence ${ownVersion()} failed and gave no answer: ${printable(what)}. Please report it with the command and its input; MESHFENCE_DEBUG=1 adds where it failed.${where}\n`,
  );
  endAtOnce(Exit.Internal);
}

if (require.main === module) {
  handleLostOutput();
  process.on("uncaughtException", exitOnBug);
  process.on("unhandledRejection", exitOnBug);
  run(process.argv).then(endAfterProgram).catch(exitOnBug);
}
