#!/usr/bin/env node
import "./compile-cache";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { diffCommand } from "./diff";
import { downCommand } from "./down";
import { explainCommand } from "./explain";
import { Exit } from "./input-options";
import { learnCommand } from "./learn";
import { lintCommand } from "./lint";
import { planCommand } from "./plan";
import { prCommand } from "./pr";
import { reachCommand } from "./reach";
import { replayCommand } from "./replay";
import { rolloutCommand } from "./rollout";
import { startCommand } from "./start";
import { upCommand } from "./up";
import { verifyCommand } from "./verify";

/**
 * The `meshfence` command. Each subcommand has a file of its own beside this one and loads what it needs only when it runs,
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
    .addCommand(reachCommand())
    .addCommand(diffCommand())
    .addCommand(explainCommand())
    .addCommand(lintCommand())
    .addCommand(prCommand())
    .addCommand(replayCommand())
    .addCommand(learnCommand())
    .addCommand(rolloutCommand());
  for (const command of [program, ...program.commands])
    command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? Exit.Fine : Exit.BadInput));
  return program;
}

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(path.join(__dirname, "..", "..", "package.json"), "utf8"),
  );
  return version;
}

if (require.main === module) void cli().parseAsync();
