import { Command } from "commander";
import type { ClusterOptions } from "../mcp/serve";
import { withClusterOptions } from "../options/input";

/** `meshfence mcp`: the questions that the other commands answer, as read-only tools of the Model Context Protocol. */
export function mcpCommand(): Command {
  return withClusterOptions(new Command("mcp"))
    .description(
      "answer agents' questions about a folder, or a running cluster, over the Model Context Protocol on standard input and output",
    )
    .argument("[folder]", "the folder to read: manifests, recordings and their repository", ".")
    .addHelpText(
      "after",
      `
The tools are reach, diff, explain, lint and replay. They read only this folder and,
with --context or --kubeconfig, that running cluster; agents cannot choose another.
They change nothing and fetch nothing else. The command needs
@modelcontextprotocol/sdk, installed beside meshfence.`,
    )
    .action(async (folder: string, options: ClusterOptions) => {
      const { serveMcp } = await import("../mcp/serve.js");
      process.exitCode = await serveMcp(folder, options);
    });
}
