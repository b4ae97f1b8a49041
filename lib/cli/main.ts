#!/usr/bin/env node
import "./compile-cache";
import { Command } from "commander";
import { downCommand } from "./down";
import { planCommand } from "./plan";
import { startCommand } from "./start";
import { upCommand } from "./up";

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
    .addCommand(planCommand());
}

if (require.main === module) void cli().parseAsync();
