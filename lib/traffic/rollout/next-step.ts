import { shellQuoted } from "../../common/shell-quoted";
import type { Rollout, Step, WorkloadRollout } from "./rollout";

/** The next safe step of a workload. */
export interface NextStep {
  /** What to do, as a clause. */
  what: string;
  /** The command that does it, if there is one. */
  command?: string;
  /** The command is `learn`, which writes policies from the traffic. */
  isLearn?: true;
}

/** Arguments of this command that the next ones repeat. */
export interface CommandInput {
  files: readonly string[];
  /** Options of `learn`, as they were written. */
  options: readonly string[];
  /** The cluster that is meant. */
  cluster: { context: string | undefined; kubeconfig: string | undefined };
}

/** The first step of a workload that is not enforced yet. Undefined where all are. */
export function nextStepOf(
  standing: WorkloadRollout,
  { days, watched }: Rollout,
  given: CommandInput,
): NextStep | undefined {
  const open = standing.steps.filter(({ stage }) => stage !== "enforced");
  const ready = open.find(({ stage }) => stage === "ready");
  if (ready !== undefined) return withGone(enforce(ready, given.cluster), ready);
  const observed = open.find(({ stage }) => stage === "observed");
  const learn = ["meshfence learn", ...[...given.files, ...given.options].map(shellQuoted)].join(" ");
  if (observed !== undefined) {
    const [first] = observed.wouldDeny;
    if (first !== undefined && observed.auditsByDefault === true && observed.policies.length === 0)
      return {
        what: `write Servers for its ports, or stop ${first.edge}${observed.wouldDeny.length > 1 ? ` and ${observed.wouldDeny.length - 1} more` : ""}: what the default policy audit lets in, no authorization can admit without a Server`,
        ...(observed.hidesPorts === true && {
          command: `${learn} --only ${shellQuoted(standing.workload)} --observe`,
          isLearn: true,
        }),
      };
    if (first !== undefined && observed.wouldDeny.every(({ hidden }) => hidden === true))
      return {
        what: `give the metrics of its proxies, or a Prometheus, as --traffic: of ${first.edge} only 4143 was seen, and its Servers tell ports apart`,
      };
    if (first !== undefined)
      return {
        what: `admit ${first.edge}${observed.wouldDeny.length > 1 ? ` and ${observed.wouldDeny.length - 1} more` : ""} (${observed.half}), or stop it`,
        command: `${learn} --only ${shellQuoted(standing.workload)}`,
        isLearn: true,
      };
    const open = observed.undecided?.find(({ gone }) => gone !== true);
    if (open !== undefined)
      return {
        what: `find out whether ${observed.half} may be enforced: nothing tells whether it would deny ${open.edge} (${open.by.join(", ")})`,
      };
    const seen =
      watched === undefined
        ? `when it was recorded is not known, and ${days} days are wanted`
        : watched < 1 && days >= 1
          ? `less than one of ${days} days was recorded`
          : `only ${Math.floor(watched * 100) / 100} of ${days} days were recorded`;
    return { what: `keep watching: nothing would be denied, but ${seen}` };
  }
  const silent = open.filter(({ half, idle }) => half !== "linkerd" && idle === true);
  // Linkerd's authorization is only needed where 4143 hides ports. A mesh without Servers is not a gap by itself.
  if (standing.edges > 0 && open.every((step) => step.half === "linkerd" || silent.includes(step))) {
    if (open.every(({ hidesPorts }) => hidesPorts !== true))
      return silent.length === 0 ? undefined : { what: silent.map(closing).join("; ") };
    return {
      what: "tell its ports apart: to Cilium they are all 4143; Servers that refuse nothing yet come first",
      command: `${learn} --only ${shellQuoted(standing.workload)} --observe`,
      isLearn: true,
    };
  }
  if (standing.edges === 0) return { what: "record its traffic: nothing was seen of it" };
  return {
    what: "write policies from the traffic that block nothing yet",
    command: `${learn} --only ${shellQuoted(standing.workload)} --observe`,
    isLearn: true,
  };
}

/** Says what the proof of a step leaves out. */
function withGone(next: NextStep, { undecided = [] }: Step): NextStep {
  const [first] = undecided;
  if (first === undefined) return next;
  const more = undecided.length > 1 ? ` and ${undecided.length - 1} more` : "";
  return { ...next, what: `${next.what} (not decided: ${first.edge}${more})` };
}

/** What to do about a direction in which nothing was seen: `learn` writes no policy for that. */
const closing = ({ half }: Step) =>
  half === "ingress"
    ? "nobody was seen calling it: if nobody should, close it with a policy of its pods that has `ingress: [{}]`"
    : "it was seen calling nobody: if it should not, close it with a policy of its pods that has `egress: [{}]`";

function enforce(
  { half, policies, auditsByDefault }: Step,
  { context, kubeconfig }: CommandInput["cluster"],
): NextStep {
  const [first] = policies;
  if (first === undefined && auditsByDefault === true)
    return {
      what: `enforce ${half}: deny by default where no Server is, with the annotation config.linkerd.io/default-inbound-policy: deny of its pods or their namespace, and restart them; or, for all workloads at once, proxy.defaultInboundPolicy of Linkerd's chart`,
    };
  if (first === undefined)
    return {
      what: `enforce ${half}: end the audit mode of its endpoints, in the Cilium pod of each one's node by \`cilium-dbg endpoint config ID PolicyAuditMode=Disabled\`; or, for all workloads at once, the agents' policy-audit-mode`,
    };
  const [namespace = "", name = ""] = first.split("/");
  const cluster = Object.entries({ kubeconfig, context }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${shellQuoted(value)}`],
  );
  const kubectl = ["kubectl", ...cluster].join(" ");
  const others = policies.length > 1 ? `, then ${policies.length - 1} more` : "";
  if (half === "linkerd")
    return {
      what: `enforce ${half}: Server ${first}${others}`,
      command: `${kubectl} --namespace ${shellQuoted(namespace)} patch servers.policy.linkerd.io ${shellQuoted(name)} --type merge --patch '{"spec":{"accessPolicy":"deny"}}'`,
    };
  const kind = namespace === "" ? "ciliumclusterwidenetworkpolicy" : "ciliumnetworkpolicy";
  const place = namespace === "" ? "" : `--namespace ${shellQuoted(namespace)} `;
  return {
    what: `enforce ${half}: ${first}${others}`,
    command: `${kubectl} ${place}patch ${kind} ${shellQuoted(name)} --type merge --patch '{"spec":{"enableDefaultDeny":{"${half}":true}}}'`,
  };
}
