import { realpathSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../common/user-error";

/** A question that agents may ask, and the command that answers it. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: { readonly [name: string]: string };
  readonly required: readonly string[];
  /** The command line, run in the folder. What an agent gives comes after `--` or `=`, so that it is never an option. */
  readonly args: (given: ToolArguments, served: Served) => string[];
}

/** What agents may ask about. */
export interface Served {
  /** The folder, with links resolved. */
  readonly root: string;
  /** The options that name a running cluster; empty if only the folder is served. */
  readonly cluster: readonly string[];
}

/** The arguments of an agent's call, all of them text. */
export type ToolArguments = { readonly [name: string]: string };

const ends = "a name (shop/web), labels (app=web), an address, a DNS name, world";
const ports = "5432, 53/UDP, a port's name, icmp";
const paths =
  "Folder or file below the served one. Default: all of it or, if a running cluster is served, only the cluster. What you name counts as applied to the cluster.";

/** Every tool only reads. `--apply`, `up` and everything else that changes or probes a cluster, or fetches something, is left out on purpose. */
export const tools: readonly Tool[] = [
  {
    name: "reach",
    description:
      "Who can talk to whom on which port under Cilium's policies and Linkerd's authorization, and which policy decides each.",
    parameters: {
      from: `Only this client: ${ends}.`,
      to: `Only this server: ${ends}.`,
      port: `Only this port: ${ports}.`,
      only: "Only these verdicts, separated by commas: allowed, denied, unknown.",
      path: paths,
    },
    required: [],
    args: ({ path: at, ...narrow }, served) => [
      ...["reach", "--format=json", ...Object.entries(narrow).map(([name, value]) => `--${name}=${value}`)],
      ...[...served.cluster, "--", ...pathsToRead(served, at)],
    ],
  },
  {
    name: "diff",
    description:
      "What a change of manifests opens and closes: the working tree against a git revision, two folders, or a served cluster before and after applying one.",
    parameters: {
      revision: "A branch, tag or commit to compare with the working tree.",
      before: "Folder or file before the change. Use it with after, instead of revision.",
      after: "Folder or file after the change.",
      apply:
        "Folder or file whose application to the running cluster is simulated, if one is served. Use it instead of the others.",
    },
    required: [],
    args: ({ revision, before, after, apply }, { root, cluster }) => {
      if (apply !== undefined) {
        if (cluster.length === 0)
          throw new UserError("no running cluster is served; meshfence mcp --context serves one");
        return ["diff", "--live", "--format=json", ...cluster, "--", pathWithin(root, apply)];
      }
      if (revision !== undefined) return ["diff", "--git", "--format=json", "--", revision];
      if (before === undefined || after === undefined) throw new UserError("give revision, or before and after");
      return ["diff", "--format=json", "--", pathWithin(root, before), pathWithin(root, after)];
    },
  },
  {
    name: "explain",
    description:
      "Why a connection is allowed or denied, rule by rule, and the smallest change that opens or closes it.",
    parameters: {
      from: `The client: ${ends}.`,
      to: "The server, in the same forms.",
      port: `The port: ${ports}.`,
      path: paths,
    },
    required: ["from", "to", "port"],
    args: ({ from = "", to = "", port = "", path: at }, served) => [
      ...["explain", "--format=json", ...served.cluster, "--"],
      ...[from, to, port, ...pathsToRead(served, at)],
    ],
  },
  {
    name: "lint",
    description: "Policies that do not do what they seem to, with file, line, reason and fix.",
    parameters: { path: paths },
    required: [],
    args: ({ path: at }, served) => ["lint", "--format=json", ...served.cluster, "--", ...pathsToRead(served, at)],
  },
  {
    name: "replay",
    description: "Which recorded traffic the policies would have denied, and what they allow that nobody used.",
    parameters: { traffic: "File or folder below the served one: Hubble's output, or proxy metrics.", path: paths },
    required: ["traffic"],
    args: ({ traffic, path: at }, served) => [
      // What an agent reads usually leaves this machine.
      ...[
        "replay",
        "--format=json",
        "--hide-outside",
        `--traffic=${pathWithin(served.root, traffic)}`,
        ...served.cluster,
      ],
      ...["--", ...pathsToRead(served, at)],
    ],
  },
];

/** The paths to read. If a cluster is served, only a named path. */
function pathsToRead({ root, cluster }: Served, given: string | undefined): string[] {
  return given === undefined && cluster.length > 0 ? [] : [pathWithin(root, given)];
}

/**
 * A path relative to the served folder.
 *
 * @throws UserError if it does not exist, or is outside the folder, also by a link
 */
function pathWithin(root: string, given = "."): string {
  let real: string;
  try {
    real = realpathSync(path.resolve(root, given));
  } catch {
    throw new UserError(`there is no ${given} in the served folder`);
  }
  const relative = path.relative(root, real);
  if (relative === "..".concat(path.sep) || relative.split(path.sep)[0] === ".." || path.isAbsolute(relative)) {
    throw new UserError(`${given} is not in the served folder`);
  }
  return `.${path.sep}${relative}`;
}
