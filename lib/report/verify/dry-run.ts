import { type AccessRule, type Cluster, factsOf, grantAdvice } from "../../cluster";
import { printable } from "../../common/printable";
import { compile } from "../../reachability/compile";
import { meshWords, plural, portWords, someOf } from "../../reachability/words";
import { planProof } from "../../verify/plan-proof";
import { type Probe, type ProbePlan, requestWords } from "../../verify/probe";
import { outsidePort, probeImage } from "../../verify/probe-image";
import type { ProofRequest } from "../../verify/proof-request";
import { missingRights } from "../../verify/rights";
import { stoppedBy } from "../../verify/stopped-by";
import { abandonedIn } from "../../verify/strangers/abandoned";
import { type StandIn, standInsFor } from "../../verify/strangers/stand-ins";
import { type Stranger, strangersFor } from "../../verify/strangers/stranger";
import { plainStyle, type Style, wrap } from "../style";
import { byReason, edgeWords } from "./words";

/** An address from the block reserved for documentation. */
const anywhere = "192.0.2.1";

/** What a run would probe and create. Only reads the cluster. */
export async function dryRunText(
  cluster: Pick<Cluster, "context" | "read" | "denied">,
  request: Omit<ProofRequest, "parallel" | "readySeconds" | "outside"> & { probesOutside: boolean },
  style: Style = plainStyle,
): Promise<string> {
  const { namespaces, limit, signal } = request;
  const snapshot = await cluster.read({ namespaces }, { seconds: 20, signal });
  const facts = factsOf(snapshot);
  const strangers = request.strangers ? strangersFor(facts, namespaces, compile(facts.policies, facts.scenario)) : [];
  const standIns = request.strangers ? standInsFor(facts, namespaces) : [];
  const outside = request.probesOutside ? { address: anywhere, port: outsidePort } : undefined;
  const { plan, scenario, notes } = planProof({
    facts,
    namespaces,
    strangers: strangers.map((stranger) => ({ stranger })),
    standIns: standIns.map((standIn) => ({ standIn })),
    ...(outside && { outside }),
    limit,
  });
  const why = stoppedBy(facts.policies, scenario);
  const lines = [
    style.strong(
      `Would probe ${plural(plan.probes.length, "edge")} of ${printable(`${namespaces.join(", ")} in ${cluster.context}`)}`,
    ),
    ...abandonedIn(snapshot).map(
      (name) => `  Would remove namespace ${printable(name)}, left behind by a verification that was killed`,
    ),
    ...makes(strangers, standIns, request.probeImage ?? probeImage(snapshot), request.probesOutside),
    ...probeLines(plan, why, style),
    ...notProbedLines(plan, style),
    ...rightsLines(await missingRights(cluster, { ...request, standIns: namespacesOf(standIns) }), style),
    ...notes.map(({ text }) => wrap(printable(text))),
  ];
  return `${lines.join("\n")}\n`;
}

const namespacesOf = (standIns: readonly StandIn[]) => [...new Set(standIns.map(({ namespace }) => namespace))];

function makes(
  strangers: readonly Stranger[],
  standIns: readonly StandIn[],
  image: string,
  outside: boolean,
): string[] {
  const pods = someOf(
    strangers.map(({ id }) => id),
    6,
  );
  return [
    ...(strangers.length === 0
      ? []
      : [`  Would create a namespace with ${plural(strangers.length, "pod")} of ${image}: ${pods}`]),
    ...(standIns.length === 0
      ? []
      : [
          `  Would create a pod on behalf of ${someOf(
            standIns.map(({ id, kind }) => `${id} (${kind})`),
            6,
          )}, in its namespace`,
        ]),
    ...(outside ? ["  Would use a server outside the cluster"] : []),
  ];
}

function probeLines({ probes }: ProbePlan, why: ReturnType<typeof stoppedBy>, style: Style): string[] {
  const clients = new Map<string, Probe[]>();
  for (const probe of probes) clients.set(probe.client.id, [...(clients.get(probe.client.id) ?? []), probe]);
  return [...clients].flatMap(([client, own]) => [
    "",
    style.strong(printable(client)),
    ...own.map(({ verdict, predicted, kind, request }) => {
      const { to, ...port } = verdict;
      const mesh = predicted === "allowed" && verdict.wire?.mtls === true ? `, ${meshWords(verdict)}` : "";
      const reason = predicted === "denied" ? why(verdict) : undefined;
      const words = `${predicted}${mesh}${kind === "name" ? " (a DNS query)" : ""}`;
      return `  ${printable(to)} ${portWords(port)}${requestWords(request)}: ${words}${reason === undefined ? "" : style.faint(`  ${printable(reason)}`)}`;
    }),
  ]);
}

function notProbedLines({ notProbed, overLimit }: ProbePlan, style: Style): string[] {
  if (notProbed.length === 0 && overLimit === 0) return [];
  return [
    "",
    style.strong("Would not probe"),
    ...byReason(notProbed).map(
      ({ why, edges }) => `  ${wrap(printable(`${why}: ${someOf(edges.map(edgeWords), 4)}`), { indent: 4 })}`,
    ),
    ...(overLimit > 0 ? [`  ${plural(overLimit, "edge")} over the limit (--limit)`] : []),
  ];
}

function rightsLines(missing: readonly AccessRule[], style: Style): string[] {
  if (missing.length === 0) return [];
  const roles = new Map<string | undefined, [AccessRule, ...AccessRule[]]>();
  for (const rule of missing) {
    const role = roles.get(rule.namespace);
    if (role === undefined) roles.set(rule.namespace, [rule]);
    else role.push(rule);
  }
  return [
    "",
    style.warn("Permissions that a run needs and you lack"),
    ...[...roles.values()].map((rules) => `  ${grantAdvice(...rules).replaceAll("\n", "\n    ")}`),
  ];
}
