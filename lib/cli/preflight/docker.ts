import { type Execute, firstLine } from "../../common/process";
import type { PreflightCheck } from "./check";

/** The measured memory of the whole sandbox, with room for the kernel: a node with Kubernetes, Cilium, Linkerd, viz and the workloads. */
export const neededMemoryGiB = 4;

const what = "Docker";
const gib = 2 ** 30;

/** Checks for a Docker daemon with enough memory for the cluster. */
export async function checkDocker(execute: Execute): Promise<PreflightCheck> {
  const execution = await execute("docker", ["info", "--format", "{{json .}}"], 10);
  if (execution.kind === "absent") {
    return { what, ok: false, found: "no docker command", fix: "install Docker Engine or Docker Desktop" };
  }
  if (execution.kind !== "ended") {
    return { what, ok: false, found: "the daemon does not answer", fix: "restart Docker" };
  }
  const info = parse(execution.stdout);
  const problem = info?.ServerErrors?.[0] ?? (execution.code === 0 ? undefined : firstLine(execution.stderr));
  if (problem !== undefined || info?.MemTotal === undefined)
    return unreachable(problem ?? "`docker info` gave no answer");

  const memory = info.MemTotal / gib;
  const found = `${info.ServerVersion ?? "?"}, ${info.NCPU ?? "?"} CPUs, ${memory.toFixed(1)} GiB`;
  // A machine sold with 4 GiB has a little less for programs.
  if (memory >= neededMemoryGiB * 0.92) return { what, ok: true, found };
  return {
    what,
    ok: false,
    found: `${found} of the ${neededMemoryGiB} GiB needed`,
    fix: `give Docker at least ${neededMemoryGiB} GiB (Docker Desktop: Settings, Resources)`,
  };
}

function unreachable(problem: string): PreflightCheck {
  if (/permission denied/i.test(problem)) {
    return {
      what,
      ok: false,
      found: "permission denied",
      fix: "let your user use it: sudo usermod -aG docker $USER, then log in again",
    };
  }
  return {
    what,
    ok: false,
    found: "not running",
    fix: `start it (systemctl start docker, or Docker Desktop). It said: ${problem}`,
  };
}

interface Info {
  readonly ServerVersion?: string;
  readonly NCPU?: number;
  readonly MemTotal?: number;
  readonly ServerErrors?: readonly string[] | null;
}

function parse(text: string): Info | undefined {
  try {
    return JSON.parse(text) as Info;
  } catch {
    return undefined;
  }
}
