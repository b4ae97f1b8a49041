import type { Execute } from "../../common/process";
import type { StateLocation } from "./state";

/** Something that outlives the sandbox, and the command that removes it. */
export interface Leftover {
  readonly what: string;
  /** The command. Absent: something else still needs it. */
  readonly removal?: string;
}

/** The images of a kind cluster's nodes; empty without nodes or without Docker. Call it while the cluster exists. */
export async function nodeImages(execute: Execute, clusterName: string): Promise<string[]> {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  return (await lines(execute, ["ps", "--all", "--filter", filter, "--format", "{{.Image}}"])) ?? [];
}

/**
 * What remains after the cluster and its stack are gone. Like kind, meshfence leaves what clusters share: the Docker network, which may be
 * older than the sandbox, and the node image, a gigabyte that the next cluster would have to download again. State and passphrase belong
 * to every stack of this user.
 */
export async function leftovers(
  execute: Execute,
  images: readonly string[],
  state: Pick<StateLocation, "directory">,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const networks = await lines(execute, ["network", "ls", "--filter", "name=^kind$", "--format", "{{.Name}}"]);
  if (networks === undefined) found.push({ what: "what kind clusters share in Docker; Docker did not answer" });
  else if (networks.length > 0) {
    const users = (await lines(execute, ["ps", "--all", "--quiet", "--filter", "network=kind"])) ?? [];
    found.push(
      users.length > 0
        ? { what: 'Docker\'s network "kind", which other containers use' }
        : {
            what: 'Docker\'s network "kind", which kind creates once for all clusters',
            removal: "docker network rm kind",
          },
    );
  }
  for (const image of new Set(images)) {
    const kept = await lines(execute, ["image", "inspect", "--format", "{{.Id}}", image]);
    if (kept !== undefined) found.push({ what: "the nodes' image", removal: `docker image rm ${image}` });
  }
  if (state.directory !== undefined) {
    found.push({
      what: `${state.directory}, the state folder of all your stacks, with the passphrase of their secrets`,
    });
  }
  return found;
}

export function describeLeftovers(found: readonly Leftover[]): string[] {
  if (found.length === 0) return ["Nothing is left behind."];
  return [
    "The sandbox is gone. These stay, because others may use them:",
    ...found.flatMap(({ what, removal }) => [`  ${what}`, ...(removal === undefined ? [] : [`    ${removal}`])]),
  ];
}

/** The output of `docker`; undefined if it fails. */
async function lines(execute: Execute, args: readonly string[]): Promise<string[] | undefined> {
  const execution = await execute("docker", args, 10);
  if (execution.kind !== "ended" || execution.code !== 0) return undefined;
  return execution.stdout.split("\n").filter((line) => line !== "");
}
