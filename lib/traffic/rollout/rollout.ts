import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { endpointKind } from "../../cilium/policy/identity";
import { compareText } from "../../common/text";
import type { RawObject } from "../../linkerd/api/object";
import type { EndpointFacts } from "../../scenario/scenario";
import { enforced } from "../enforced";
import { blindSpots } from "../replay/blind-spots";
import { Replaying, settledIn } from "../replay/replay";
import type { PolicyState } from "../replay/report";
import type { Traffic, TrafficEdge } from "../traffic";
import { watchedDays } from "../window";

/**
 * Where a direction of a workload stands.
 *
 * - `none`: no policy selects it.
 * - `observed`: policies select it and cut nothing: they do not turn default deny on, or the agent audits them.
 * - `ready`: observed, and for as long as was asked nothing passed that they would deny.
 * - `enforced`: what its policies do not allow is denied.
 */
export type Stage = "none" | "observed" | "ready" | "enforced";

/** One half of a workload's way. */
export interface Step {
  /** Cilium's two directions, and Linkerd's inbound authorization. */
  half: "ingress" | "egress" | "linkerd";
  stage: Stage;
  /** Edges that passed and that enforcement would deny, the most first. */
  wouldDeny: { edge: string; flows: number; last?: string; by: string[] }[];
  /** Policies that have to be changed to enforce it, `namespace/name`. */
  policies: string[];
}

/** Where a workload stands. */
export interface Standing {
  workload: string;
  /** How many edges of it were seen. */
  edges: number;
  steps: Step[];
}

/** Where all workloads stand. */
export interface Rollout {
  /** Days that have to pass without a would-be denial. */
  days: number;
  /** Days that were watched, without those of which nothing was recorded; absent where no time is known. */
  watched?: number;
  standings: Standing[];
  /** What the traffic cannot tell, each in a sentence. */
  blind: string[];
}

const DAY = 86_400_000;

/**
 * Says for each workload how far its way to enforcement is: what is there, and what of the traffic it would deny if it were enforced. Pure.
 *
 * @param days So long nothing that passed may be what enforcement would deny.
 * @param isOwn Whom it is about.
 */
export function rollout(
  recorded: Traffic,
  state: PolicyState,
  days: number,
  isOwn: (endpoint: EndpointFacts) => boolean,
): Rollout {
  const traffic = settledIn(recorded, state);
  const now = new Replaying(traffic, state);
  const then = new Replaying(traffic, {
    ...state,
    policies: state.policies.map(enforced),
    ...(state.authorization !== undefined && {
      authorization: { ...state.authorization, objects: state.authorization.objects.map(denying) },
    }),
  });
  const loose = loosePolicies(state.policies, now);
  const watched = watchedDays(traffic);
  const passed = traffic.edges.filter(
    ({ passed, audited, deniedSince }) => (passed > 0 || audited > 0) && deniedSince === undefined,
  );
  const isOld = (edge: TrafficEdge) =>
    edge.last !== undefined &&
    traffic.last !== undefined &&
    Date.parse(traffic.last) - Date.parse(edge.last) > days * DAY;
  const recent = passed.filter((edge) => !isOld(edge));
  const standings = now.places.scenario.endpoints
    .filter((endpoint) => endpointKind(endpoint) === "pod" && endpoint.representative === undefined && isOwn(endpoint))
    .sort((a, b) => compareText(a.id, b.id))
    .map((endpoint): Standing => {
      const about = (edges: readonly TrafficEdge[], end: "from" | "to") =>
        edges.filter((edge) => now.places.endpointsOf(edge[end]).some(({ id }) => id === endpoint.id));
      // An agent audits an endpoint in both directions, or not at all.
      const audited =
        about(recent, "to").some((edge) => edge.audited > 0 && then.deniedAt(edge, "ingress")) ||
        about(recent, "from").some((edge) => edge.audited > 0 && then.deniedAt(edge, "egress"));
      const step = (half: "ingress" | "egress"): Step => {
        const edges = about(recent, half === "ingress" ? "to" : "from");
        const denied = edges.filter((edge) => then.deniedAt(edge, half));
        const selected = then.isEnforced(endpoint.id, half);
        const cuts = now.isEnforced(endpoint.id, half) && !audited;
        return {
          half,
          stage: !selected ? "none" : cuts ? "enforced" : readiness(denied.length, watched, days),
          wouldDeny: selected && !cuts ? told(denied, (edge) => then.judge(edge).by) : [],
          policies:
            selected && !cuts
              ? loose
                  .filter((one) => one.half === half && one.alone.isEnforced(endpoint.id, half))
                  .map(({ name }) => name)
              : [],
        };
      };
      const linkerd = linkerdStep(endpoint, about(recent, "to"), now, then, watched, days);
      return {
        workload: endpoint.id,
        edges: about(traffic.edges, "from").length + about(traffic.edges, "to").length,
        steps: [step("ingress"), step("egress"), ...(linkerd === undefined ? [] : [linkerd])],
      };
    });
  const blind = blindSpots(traffic, state.workloads ?? [], now.places);
  return { days, ...(watched !== undefined && { watched }), standings, blind };
}

function readiness(denied: number, watched: number | undefined, days: number): Stage {
  return denied === 0 && watched !== undefined && watched >= days ? "ready" : "observed";
}

/** Linkerd's other half: Servers in `audit` let everybody in and count whom they would not. */
function linkerdStep(
  endpoint: EndpointFacts,
  edges: readonly TrafficEdge[],
  now: Replaying,
  then: Replaying,
  watched: number | undefined,
  days: number,
): Step | undefined {
  if (endpoint.mesh?.injected !== true) return undefined;
  const servers = now.authorization.serversOf(endpoint);
  const audits = servers.filter(({ accessPolicy }) => accessPolicy === "audit");
  const policies = audits.map(({ namespace, name }) => `${namespace}/${name}`);
  if (servers.length === 0) return { half: "linkerd", stage: "none", wouldDeny: [], policies };
  if (audits.length === 0) return { half: "linkerd", stage: "enforced", wouldDeny: [], policies };
  const denied = edges.filter((edge) => {
    const judged = then.judge(edge);
    return judged.layer === "linkerd" && judged.state !== "allowed";
  });
  return {
    half: "linkerd",
    stage: readiness(denied.length, watched, days),
    wouldDeny: told(denied, (edge) => then.judge(edge).by),
    policies,
  };
}

function told(edges: readonly TrafficEdge[], by: (edge: TrafficEdge) => string[]): Step["wouldDeny"] {
  return edges
    .map((edge) => ({
      edge: `${edge.from.id} -> ${edge.to.id} ${edge.protocol} ${edge.port ?? "unknown"}`,
      flows: edge.flows,
      ...(edge.last !== undefined && { last: edge.last }),
      by: by(edge),
    }))
    .sort((a, b) => b.flows - a.flows);
}

type Half = "ingress" | "egress";

/** A Server in audit as it is when it admits only whom an authorization names. */
function denying(object: RawObject): RawObject {
  const { spec } = object;
  const isAudit =
    object.kind === "Server" &&
    typeof spec === "object" &&
    spec !== null &&
    "accessPolicy" in spec &&
    spec.accessPolicy === "audit";
  return isAudit ? { ...object, spec: { ...spec, accessPolicy: "deny" } } : object;
}

/** Policies that leave default deny off in a direction in which they have rules, and what each of them alone would enforce. */
function loosePolicies(policies: readonly EvaluatedPolicy[], replaying: Replaying): Loose[] {
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
        alone: replaying.withPolicies([enforced(policy)]),
      })),
  );
}

interface Loose {
  half: Half;
  name: string;
  alone: Replaying;
}
