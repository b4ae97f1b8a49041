import type { Rollout, Standing, Step } from "./rollout";

/** The next safe step of a workload, and the command for it, if there is one. */
export interface NextStep {
  what: string;
  command?: string;
}

/** What the commands are given again. */
export interface Given {
  files: readonly string[];
  traffic: readonly string[];
}

/** One step at a time: of the halves that are not enforced the first. Nothing where all are. */
export function nextStepOf(standing: Standing, { days, watched }: Rollout, given: Given): NextStep | undefined {
  const open = standing.steps.filter(({ stage }) => stage !== "enforced");
  const ready = open.find(({ stage }) => stage === "ready");
  if (ready !== undefined) return enforce(ready);
  const observed = open.find(({ stage }) => stage === "observed");
  const learn = [
    "meshfence learn",
    ...given.files.map(quoted),
    ...given.traffic.flatMap((one) => ["--traffic", quoted(one)]),
  ].join(" ");
  if (observed !== undefined) {
    const [first] = observed.wouldDeny;
    if (first !== undefined)
      return {
        what: `admit ${first.edge}${observed.wouldDeny.length > 1 ? ` and ${observed.wouldDeny.length - 1} more` : ""} (${observed.half}), or stop it`,
        command: `${learn} --only ${quoted(standing.workload)}`,
      };
    const seen =
      watched === undefined
        ? `when it was recorded is not known, and ${days} days are wanted`
        : watched < 1 && days >= 1
          ? `less than one of ${days} days was recorded`
          : `only ${Math.floor(watched * 100) / 100} of ${days} days were recorded`;
    return { what: `keep watching: nothing would be denied, but ${seen}` };
  }
  // Linkerd's half is needed where ports are to be told apart; a mesh without Servers is no gap by itself.
  if (open.every(({ half }) => half === "linkerd")) {
    if (open.every(({ hidesPorts }) => hidesPorts !== true)) return undefined;
    return {
      what: "tell its ports apart: to Cilium they are all 4143; Servers that refuse nothing yet come first",
      command: `${learn} --only ${quoted(standing.workload)} --observe`,
    };
  }
  if (standing.edges === 0) return { what: "record its traffic: nothing was seen of it" };
  return {
    what: "write policies of what was seen, which cut nothing yet",
    command: `${learn} --only ${quoted(standing.workload)} --observe`,
  };
}

function enforce({ half, policies }: Step): NextStep {
  const [first] = policies;
  if (first === undefined)
    return {
      what: `enforce ${half}: end the audit mode of its endpoints, in the Cilium pod of each one's node by \`cilium-dbg endpoint config ID PolicyAuditMode=Disabled\`; or, for all workloads at once, the agents' policy-audit-mode`,
    };
  const [namespace = "", name = ""] = first.split("/");
  const others = policies.length > 1 ? `, then ${policies.length - 1} more` : "";
  if (half === "linkerd")
    return {
      what: `enforce ${half}: Server ${first}${others}`,
      command: `kubectl --namespace ${quoted(namespace)} patch servers.policy.linkerd.io ${quoted(name)} --type merge --patch '{"spec":{"accessPolicy":"deny"}}'`,
    };
  const kind = namespace === "" ? "ciliumclusterwidenetworkpolicy" : "ciliumnetworkpolicy";
  const place = namespace === "" ? "" : `--namespace ${quoted(namespace)} `;
  return {
    what: `enforce ${half}: ${first}${others}`,
    command: `kubectl ${place}patch ${kind} ${quoted(name)} --type merge --patch '{"spec":{"enableDefaultDeny":{"${half}":true}}}'`,
  };
}

/** As one word of a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
