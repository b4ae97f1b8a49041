#!/usr/bin/env node
import "./compile-cache";
import { Command } from "commander";
import { diffCommand } from "./diff";
import { downCommand } from "./down";
import { lintCommand } from "./lint";
import { planCommand } from "./plan";
import { prCommand } from "./pr";
import { reachCommand } from "./reach";
import { startCommand } from "./start";
import { upCommand } from "./up";
import { verifyCommand } from "./verify";

/**
 * The `meshfence` command. Each subcommand has a file of its own beside this one and loads what it needs only when it runs,
 * so that `meshfence lint` never pays for Pulumi.
 */
export function cli(): Command {
  return new Command("meshfence")
    .description("Linkerd meshes fenced by Cilium: plan, predict and prove who can talk to whom")
    .addCommand(startCommand())
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(verifyCommand())
    .addCommand(planCommand())
    .addCommand(reachCommand())
    .addCommand(diffCommand())
    .addCommand(lintCommand())
    .addCommand(prCommand());
}

if (require.main === module) void cli().parseAsync();
