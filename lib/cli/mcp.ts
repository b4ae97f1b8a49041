import { Command } from "commander";

/** `meshfence mcp`: the questions that the other commands answer, as read-only tools of the Model Context Protocol. */
export function mcpCommand(): Command {
  return new Command("mcp")
    .description(
      "answer agents' questions about a folder, by the Model Context Protocol over standard input and output",
    )
    .argument("[folder]", "the folder to read: manifests, recordings and their repository", ".")
    .addHelpText(
      "after",
      `
The tools are reach, diff, explain, lint and replay. They read only this folder,
change nothing and fetch nothing. Needs @modelcontextprotocol/sdk beside meshfence.`,
    )
    .action(async (folder: string) => {
      const { serveMcp } = await import("./mcp/serve.js");
      process.exitCode = await serveMcp(folder);
    });
}
