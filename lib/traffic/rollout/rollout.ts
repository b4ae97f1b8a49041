import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { endpointKind } from "../../cilium/policy/identity";
import { compareText } from "../../common/text";
import type { EndpointFacts } from "../../scenario/scenario";
import { withDefaultDeny } from "../default-deny";
import type { Party } from "../party";
import type { PolicyState } from "../policy-state";
import { blindSpots } from "../replay/blind-spots";
import { EdgeJudge, withResolvedParties } from "../replay/replay";
import type { Traffic, TrafficEdge } from "../traffic";
import { watchedDays } from "../window";
import { type LinkerdHalf, linkerdHalf, withAllAuditEnforced, withDefaultEnforced } from "./linkerd-half";
import { type WouldDeny, wouldDenyOf } from "./would-deny";

/**
 * How far a step of a workload is.
 *
 * - `none`: no policy selects the workload.
 * - `observed`: policies select it and deny nothing, because default deny is off or the agent audits. For Linkerd: it is in `audit`.
 * - `ready`: observed, and for the required time nothing passed that they would deny.
 * - `enforced`: everything that they do not allow is denied.
 */
export type Stage = "none" | "observed" | "ready" | "enforced";

/** One step of a workload's rollout. */
export interface Step {
  /** A direction of Cilium's policies, or Linkerd's inbound authorization. */
  half: "ingress" | "egress" | "linkerd";
  stage: Stage;
  /** Edges that passed and that enforcement would deny, most traffic first. */
  wouldDeny: WouldDeny[];
  /** Edges that passed and for which it is unknown whether enforcement would deny them. Absent if there are none. */
  undecided?: WouldDeny[];
  /** Policies to change in order to enforce it, `namespace/name`. */
  policies: string[];
  /** For a direction without a policy: whether nothing was seen in it that a policy could be learned from. */
  idle?: true;
  /** For Linkerd without any Server, or in audit by default: whether packets came on 4143, where Cilium cannot tell ports apart. */
  hidesPorts?: boolean;
  /** For Linkerd: whether the default policy of its ports without a Server is `audit`. */
  auditsByDefault?: boolean;
}

/** The rollout of one workload. */
export interface WorkloadRollout {
  /** Its id, `namespace/name`. */
  workload: string;
  /** How many of its edges were seen. */
  edges: number;
  steps: Step[];
}

/** How far the workloads of a cluster are on their way to enforced policies. */
export interface Rollout {
  /** Required days without an edge that enforcement would deny. */
  days: number;
  /** Days that were recorded. Absent where the recording carries no time. */
  watched?: number;
  workloads: WorkloadRollout[];
  /** What the recordings cannot have seen, one sentence each. */
  blind: string[];
}

const DAY = 86_400_000;

/**
 * How far each workload is on its way to enforced policies, and which recorded edges enforcement would deny. Pure.
 *
 * @param days Required days without an edge that enforcement would deny.
 * @param isInScope Which endpoints it covers.
 */
export function rollout(
  recorded: Traffic,
  state: PolicyState,
  days: number,
  isInScope: (endpoint: EndpointFacts) => boolean,
): Rollout {
  const traffic = withResolvedParties(recorded, state);
  const now = new EdgeJudge(traffic, state);
  const then = new EdgeJudge(traffic, {
    ...state,
    policies: state.policies.map(withDefaultDeny),
    scenario: { ...state.scenario, endpoints: state.scenario.endpoints.map(withDefaultEnforced) },
    ...(state.authorization !== undefined && { authorization: withAllAuditEnforced(state.authorization) }),
  });
  const unenforced = unenforcedPolicies(state.policies, now);
  const watched = watchedDays(traffic);
  const passed = traffic.edges.filter(
    ({ passed, audited, deniedSince }) => (passed > 0 || audited > 0) && deniedSince === undefined,
  );
  const isOld = (edge: TrafficEdge) =>
    edge.last !== undefined &&
    traffic.last !== undefined &&
    Date.parse(traffic.last) - Date.parse(edge.last) > days * DAY;
  const recent = passed.filter((edge) => !isOld(edge));
  const workloads = now.parties.scenario.endpoints
    .filter(
      (endpoint) => endpointKind(endpoint) === "pod" && endpoint.representative === undefined && isInScope(endpoint),
    )
    .sort((a, b) => compareText(a.id, b.id))
    .map((endpoint): WorkloadRollout => {
      const about = (edges: readonly TrafficEdge[], end: "from" | "to") =>
        edges.filter((edge) => now.parties.endpointsOf(edge[end]).some(({ id }) => id === endpoint.id));
      // An agent audits an endpoint in both directions, or not at all.
      const audited =
        about(recent, "to").some((edge) => edge.audited > 0 && then.deniedAt(edge, "ingress")) ||
        about(recent, "from").some((edge) => edge.audited > 0 && then.deniedAt(edge, "egress"));
      const step = (half: "ingress" | "egress"): Step => {
        const edges = about(recent, half === "ingress" ? "to" : "from");
        const cut = edges.filter((edge) => then.deniedAt(edge, half));
        const denied = cut.filter((edge) => then.judge(edge).state === "denied");
        // To Cilium a pod that is gone is the world, and no policy has to admit it.
        const open = cut.filter((edge) => !denied.includes(edge));
        const isOpen = open.some(({ from, to }) => from.kind !== "gone" && to.kind !== "gone");
        const selected = then.isEnforced(endpoint.id, half);
        const isIdle = !edges.some((edge) => teaches(now, half === "ingress" ? edge.from : edge.to));
        const cuts = now.isEnforced(endpoint.id, half) && !audited;
        return {
          half,
          stage: !selected ? "none" : cuts ? "enforced" : readiness(denied.length + (isOpen ? 1 : 0), watched, days),
          ...(!selected && isIdle && { idle: true as const }),
          wouldDeny: selected && !cuts ? wouldDenyOf(denied, (edge) => then.judge(edge).by) : [],
          ...(selected && !cuts && open.length > 0 && { undecided: wouldDenyOf(open, (edge) => then.judge(edge).by) }),
          policies:
            selected && !cuts
              ? unenforced
                  .filter((one) => one.half === half && one.alone.isEnforced(endpoint.id, half))
                  .map(({ name }) => name)
              : [],
        };
      };
      const linkerd = linkerdHalf(endpoint, about(recent, "to"), now, then);
      return {
        workload: endpoint.id,
        edges: about(traffic.edges, "from").length + about(traffic.edges, "to").length,
        steps: [step("ingress"), step("egress"), ...(linkerd === undefined ? [] : [stepOf(linkerd, watched, days)])],
      };
    });
  const blind = blindSpots(traffic, state.workloads ?? [], now.parties);
  return { days, ...(watched !== undefined && { watched }), workloads, blind };
}

/** Whether a policy can be learned from edges with this end: it is known, and no node, which always reaches its own pods. */
function teaches({ parties }: EdgeJudge, other: Party): boolean {
  return parties.endpointsOf(other).some(({ reserved }) => reserved?.includes("host") !== true);
}

function readiness(denied: number, watched: number | undefined, days: number): Stage {
  return denied === 0 && watched !== undefined && watched >= days ? "ready" : "observed";
}

function stepOf(half: LinkerdHalf, watched: number | undefined, days: number): Step {
  const { audits, auditsByDefault, servers, wouldDeny, hidesPorts } = half;
  const base = {
    ...{ half: "linkerd" as const, wouldDeny, policies: audits },
    ...(auditsByDefault && { auditsByDefault, ...(hidesPorts && { hidesPorts }) }),
  };
  if (audits.length > 0 || auditsByDefault) return { ...base, stage: readiness(wouldDeny.length, watched, days) };
  if (servers > 0) return { ...base, stage: "enforced" };
  return { ...base, stage: "none", ...(hidesPorts && { hidesPorts }) };
}

type Half = "ingress" | "egress";

/** Policies with rules in a direction whose default deny is off, each judged alone. */
function unenforcedPolicies(policies: readonly EvaluatedPolicy[], replaying: EdgeJudge): UnenforcedPolicy[] {
  return policies.flatMap((policy) =>
    (["ingress", "egress"] as const)
      .filter((half) =>
        [policy.spec, ...(policy.specs ?? [])].some(
          (rule) => rule?.enableDefaultDeny?.[half] === false && (rule[half] ?? []).length > 0,
        ),
      )
      .map((half) => ({
        half,
        name: `${policy.metadata.namespace ?? ""}/${policy.metadata.name}`,
        alone: replaying.withPolicies([withDefaultDeny(policy)]),
      })),
  );
}

interface UnenforcedPolicy {
  half: Half;
  name: string;
  alone: EdgeJudge;
}
