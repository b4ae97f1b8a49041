import { type Execute, firstLine } from "../../common/process";
import { isNewer, minorOf } from "../../common/version-range";
import type { PreflightCheck } from "./check";

/** Older CLIs lack what generated SDKs and the current Node SDK need. */
export const neededPulumi = "3.249.0";

const what = "Pulumi CLI";

/** The check of the Pulumi CLI. */
export interface PulumiCheck extends PreflightCheck {
  /** Path or name of a command that works. */
  readonly command?: string;
  /** There is no command at all, so one may be installed. */
  readonly absent?: true;
}

/** Checks for a Pulumi CLI that is new enough; if there is none, `install` installs one. */
export async function checkPulumi(execute: Execute, install?: () => Promise<string>): Promise<PulumiCheck> {
  const execution = await execute("pulumi", ["version"], 10);
  if (execution.kind === "ended" && execution.code === 0) return judge(firstLine(execution.stdout), "pulumi");
  if (execution.kind === "timeout") {
    return { what, ok: false, found: "`pulumi version` does not answer", fix: "reinstall it" };
  }
  if (execution.kind === "ended") {
    return {
      what,
      ok: false,
      found: "does not run",
      fix: `reinstall it. It said: ${firstLine(execution.stderr)}`,
    };
  }
  const fix = `install Pulumi ${neededPulumi} or newer: https://www.pulumi.com/docs/install`;
  if (install === undefined) return { what, ok: false, found: "no pulumi command", fix, absent: true };
  try {
    return { what, ok: true, found: "installed for meshfence", command: await install() };
  } catch (error) {
    const reason = firstLine(error instanceof Error ? error.message : String(error));
    return { what, ok: false, found: "not found, and could not be installed", fix: `${fix}. It said: ${reason}` };
  }
}

function judge(version: string, command: string): PulumiCheck {
  // If it is not a version, it may be too old.
  if (minorOf(version) !== undefined && !isNewer(neededPulumi, version))
    return { what, ok: true, found: version, command };
  return { what, ok: false, found: `${version} is too old`, fix: `update to ${neededPulumi} or newer` };
}
