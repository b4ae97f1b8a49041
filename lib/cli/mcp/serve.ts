import { realpathSync } from "node:fs";
import path from "node:path";
import { executor } from "../../common/process";
import { UserError } from "../../common/user-error";
import { holdsManifests, noManifest } from "../../input/files/files";
import { Exit } from "../output/exit";

import { whenLost } from "../output/lost-output";
import { ownVersion } from "../output/own-version";
import { say } from "../output/print";
import { bounded } from "./bounded";
import { type Served, type Tool, type ToolArguments, tools } from "./tools";

/** What a client tells its model before it asks. */
const instructions = `meshfence predicts who can talk to whom under Cilium's policies and Linkerd's authorization.
Before you rely on an answer, read what it says about itself:
- status: 0 the input was read; 1 lint found something; 2 part of it could not be read, or something was refused.
- answer.unseen and answer.problems: what the verdicts do not cover, also with status 0, with the fix for each.
- cuts: lists that were cut to fit, with their full length. Ask again with from, to, port, only or path.`;

/** How long a question may take. */
const seconds = 120;

/** The running cluster that is served with the folder, if any. */
export interface ClusterOptions {
  context?: string;
  kubeconfig?: string;
}

/** Serves the tools over standard input and output until the other side closes, and returns the exit status. */
export async function serveMcp(folder: string, { context, kubeconfig }: ClusterOptions = {}): Promise<number> {
  const sdk = await loadSdk();
  if (sdk === undefined) {
    say(
      "error: meshfence mcp needs @modelcontextprotocol/sdk; install it beside meshfence: npm install @modelcontextprotocol/sdk",
    );
    return Exit.BadInput;
  }
  let root: string;
  try {
    root = realpathSync(folder);
    // Before the working directory changes.
    if (kubeconfig !== undefined) kubeconfig = path.resolve(kubeconfig);
    process.chdir(root);
    if (!holdsManifests(root)) {
      say(`error: ${folder} cannot be served: it ${noManifest}`);
      return Exit.BadInput;
    }
  } catch (error) {
    say(`error: ${folder} cannot be served: ${(error as Error).message}`);
    return Exit.BadInput;
  }
  const cluster = [
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
  ];
  const served = { root, cluster };
  const server = new sdk.Server(
    { name: "meshfence", version: ownVersion() },
    { capabilities: { tools: {} }, instructions },
  );
  server.setRequestHandler(sdk.ListToolsRequestSchema, () => ({ tools: tools.map(toolDescription) }));
  server.setRequestHandler(sdk.CallToolRequestSchema, async ({ params }) => toResult(await answerTo(params, served)));
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once("end", resolve);
    // An input that stays open would keep the process for a client that is gone.
    void whenLost(process.stdout).then(() => {
      process.stdin.destroy();
      resolve();
    });
  });
  await server.connect(new sdk.StdioServerTransport());
  await closed;
  return Exit.Fine;
}

/** The SDK is large and only this command needs it, so users install it themselves. */
async function loadSdk() {
  try {
    const [server, stdio, types] = await Promise.all([
      import("@modelcontextprotocol/sdk/server/index.js"),
      import("@modelcontextprotocol/sdk/server/stdio.js"),
      import("@modelcontextprotocol/sdk/types.js"),
    ]);
    return { ...server, ...stdio, ...types };
  } catch (error) {
    // import() and require() report a missing module with different codes.
    if (/^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function toolDescription({ name, description, parameters, required }: Tool) {
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([parameter, text]) => [parameter, { type: "string" as const, description: text }]),
  );
  return {
    name,
    description,
    inputSchema: { type: "object" as const, properties, required: [...required], additionalProperties: false },
    outputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  };
}

/** An {@link Answer} as JSON Schema. The command's own answer is left open, since it grows with new versions. */
const outputSchema = {
  type: "object" as const,
  properties: {
    status: { type: "integer", description: "The command's exit status." },
    answer: { type: "object", description: "The command's JSON, with unseen and problems." },
    cuts: {
      type: "array",
      description: "Lists that were cut to fit.",
      items: {
        type: "object",
        properties: { list: { type: "string" }, shown: { type: "integer" }, of: { type: "integer" } },
        required: ["list", "shown", "of"],
      },
    },
    notes: { type: "array", description: "The command's messages on standard error.", items: { type: "string" } },
    error: { type: "string", description: "Why there is no answer." },
  },
};

interface Answer {
  /** The command's exit status: 2 if the input was not read whole, so that something may be missing. */
  readonly status?: number;
  readonly answer?: unknown;
  /** Lists of the answer that were cut, and how many items each had. */
  readonly cuts?: readonly unknown[];
  /** The command's messages on standard error. */
  readonly notes?: readonly string[];
  readonly error?: string;
}

async function answerTo(
  params: { name: string; arguments?: { [name: string]: unknown } | undefined },
  served: Served,
): Promise<Answer> {
  try {
    const tool = tools.find(({ name }) => name === params.name);
    if (tool === undefined) return { error: `there is no tool ${params.name}` };
    const args = tool.args(checkArguments(tool, params.arguments ?? {}), served);
    // A process of its own, so that a question that fails or leaves something behind does not affect the next one.
    const main = path.join(__dirname, "..", "main.js");
    const ended = await executor()(process.execPath, [main, ...args], seconds);
    if (ended.kind === "overlong") return { error: "the answer is too long to be read: ask for less" };
    if (ended.kind !== "ended") return { error: `no answer within ${seconds} s` };
    const notes = ended.stderr.split("\n").filter((line) => line !== "");
    const answer = parseJson(ended.stdout);
    return answer === undefined ? failure(ended.code, notes) : cutToFit(ended.code, { answer, notes });
  } catch (error) {
    if (error instanceof UserError) return { error: error.message };
    throw error;
  }
}

/** The answer of a command, cut to what can be read. */
function cutToFit(status: number, answer: { answer: unknown; notes: string[] }): Answer {
  const { answer: kept, cuts } = bounded(answer);
  if (kept === undefined) return { status, cuts, error: "the answer is too long, even with empty lists: ask for less" };
  return { status, ...kept, cuts };
}

/** Why a command gave no answer, one reason per line. */
function failure(status: number, reasons: string[]): Answer {
  const { answer: kept, cuts } = bounded({ error: reasons });
  return { status, cuts, error: kept?.error.join("\n") || "there is no answer" };
}

/** @throws UserError for an unknown or missing parameter, or one that is not text */
function checkArguments({ parameters, required }: Tool, given: { readonly [name: string]: unknown }): ToolArguments {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in parameters)) throw new UserError(`there is no parameter ${name}`);
    if (typeof value !== "string") throw new UserError(`${name} must be text`);
    if (value.includes("\0")) throw new UserError(`${name} contains NUL, which no name or path does`);
  }
  for (const name of required) if (given[name] === undefined) throw new UserError(`${name} is missing`);
  return given as ToolArguments;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toResult(answer: Answer) {
  return {
    structuredContent: { ...answer },
    content: [{ type: "text" as const, text: JSON.stringify(answer) }],
    ...(answer.error !== undefined && { isError: true }),
  };
}
