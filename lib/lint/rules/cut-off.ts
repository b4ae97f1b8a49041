import { append } from "../../common/maps";
import { meshPorts } from "../../linkerd/wire/ports";
import type { Flow } from "../../scenario/scenario";
import type { Direction, KnownEndpoint, LintContext, PlacedRule } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { hasViz } from "../mesh-services";
import { enumerate, names } from "./text";

const isMeshed = ({ facts }: KnownEndpoint) => facts.mesh?.injected === true;

/** Pods that lose something in one direction, gathered under the rule that turned default deny on for them. */
class Losses {
  private readonly byRule = new Map<PlacedRule, Map<string, KnownEndpoint[]>>();

  constructor(
    private readonly context: LintContext,
    private readonly direction: Direction,
  ) {}

  add(pod: KnownEndpoint, lost: string): void {
    const rules = this.context.rulesOf(pod);
    const blamed =
      rules.find((rule) => turnsDefaultDenyOn(rule, this.direction)) ??
      rules.find(({ rule }) => denies(rule, this.direction));
    if (blamed === undefined) return;
    const losses = this.byRule.get(blamed) ?? new Map<string, KnownEndpoint[]>();
    append(losses, lost, pod);
    this.byRule.set(blamed, losses);
  }

  *observations(describe: (pods: string, lost: string) => string): Iterable<Observation> {
    for (const [{ policy, path, rule }, losses] of this.byRule)
      for (const [lost, pods] of losses) {
        const field = rule[this.direction]?.length ? this.direction : `${this.direction}Deny`;
        yield { policy, path: [...path, field], message: describe(names(pods), lost) };
      }
  }
}

function turnsDefaultDenyOn({ rule }: PlacedRule, direction: Direction): boolean {
  const hasRules = (rule[direction] ?? []).length > 0 || denies(rule, direction);
  return hasRules && rule.enableDefaultDeny?.[direction] !== false;
}

const denies = (rule: PlacedRule["rule"], direction: Direction) => (rule[`${direction}Deny`] ?? []).length > 0;

/** A flow that an end of it certainly denies. */
function isDenied({ reachability }: LintContext, flow: Flow, direction: Direction): boolean {
  return reachability.verdict(flow)[direction] === "denied";
}

export const dnsCutOff: LintRule = {
  id: "dns-cut-off",
  severity: Severity.Warning,
  title: "Pods that may connect somewhere and cannot resolve names",
  why:
    "Egress that is denied by default takes DNS with it, so no name resolves. On a mesh it is worse: the proxy finds the control plane by DNS, and as a native " +
    "sidecar that does not become ready it keeps the application from starting. Pods that already run go on until they need a new certificate.",
  fix: 'Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port "53", protocol ANY.',
  kubernetes: {
    fix: "Allow egress to kube-dns (namespace kube-system, label k8s-app: kube-dns) on port 53, UDP and TCP.",
  },
  *check(context) {
    const { dns } = context.services;
    const meshed = new Losses(context, "egress");
    const others = new Losses(context, "egress");
    for (const pod of context.pods) {
      const { id, namespace, labels } = pod.facts;
      if (namespace === dns.namespace && labels?.["k8s-app"] === "kube-dns") continue;
      if (!isDenied(context, { from: id, to: dns.id, proto: "UDP", port: meshPorts.dns }, "egress")) continue;
      if (isMeshed(pod)) meshed.add(pod, "");
      else if (mayConnectSomewhere(context, pod)) others.add(pod, "");
    }
    for (const found of meshed.observations(
      (pods) => `${pods} cannot resolve names, and the Linkerd proxy does not start without`,
    ))
      yield { ...found, severity: Severity.Error };
    yield* others.observations((pods) => `${pods} may connect to others and cannot resolve their names`);
  },
};

/** Where nothing at all is allowed, that names do not resolve either is what the policy says. */
function mayConnectSomewhere(context: LintContext, pod: KnownEndpoint): boolean {
  return context
    .rulesOf(pod)
    .flatMap((rule) => context.itemsOf(rule))
    .filter(({ direction, deny }) => direction === "egress" && !deny)
    .some(({ endpoints, services, fqdns, entities }) => {
      const somebody = entities?.filter((entity) => entity !== "none");
      return [endpoints, services, fqdns, somebody].some((list) => (list ?? []).length > 0);
    });
}

export const controlPlaneCutOff: LintRule = {
  id: "control-plane-cut-off",
  severity: Severity.Error,
  title: "Meshed pods that cannot reach Linkerd's control plane",
  why:
    "Every proxy dials linkerd-identity (8080), linkerd-destination (8086) and linkerd-policy (8090) itself. Without them a new pod never starts; one that runs loses its " +
    "certificate within 24 hours and its endpoints as they change. Nothing becomes NotReady: a proxy that was ready once says so for ever.",
  fix: "Allow egress to the namespace linkerd on TCP 8080, 8086 and 8090.",
  kubernetes: true,
  *check(context) {
    const { identity, destination } = context.services;
    const losses = new Losses(context, "egress");
    for (const pod of context.pods) {
      if (!isMeshed(pod) || pod.facts.namespace === identity.namespace) continue;
      const lost = [
        { what: "linkerd-identity (8080)", to: identity.id, port: meshPorts.identity },
        { what: "linkerd-destination (8086)", to: destination.id, port: meshPorts.destination },
        { what: "linkerd-policy (8090)", to: destination.id, port: meshPorts.policy },
      ].filter(({ to, port }) => isDenied(context, { from: pod.facts.id, to, proto: "TCP", port }, "egress"));
      if (lost.length > 0) losses.add(pod, enumerate(lost.map(({ what }) => what)));
    }
    yield* losses.observations((pods, lost) => `the proxy of ${pods} cannot reach ${lost}`);
  },
};

export const vizCutOff: LintRule = {
  id: "viz-cut-off",
  severity: Severity.Warning,
  title: "Meshed pods that viz cannot tap or scrape",
  why:
    "`linkerd viz tap` and `top` dial the proxy on 4190, viz's Prometheus on 4191. Without them `tap` shows nothing and `stat` and `edges` no traffic. " +
    "Both are dialled directly, in either transport mode.",
  fix: "Allow ingress from the namespace linkerd-viz on TCP 4190 and 4191.",
  kubernetes: true,
  *check(context) {
    const { tap, prometheus } = context.services;
    const losses = new Losses(context, "ingress");
    for (const pod of context.pods) {
      if (!isMeshed(pod) || pod.facts.namespace === tap.namespace) continue;
      const lost = [
        { what: "tap (4190)", from: tap.id, port: meshPorts.tap },
        { what: "metrics (4191)", from: prometheus.id, port: meshPorts.admin },
      ].filter(({ from, port }) => isDenied(context, { from, to: pod.facts.id, proto: "TCP", port }, "ingress"));
      if (lost.length > 0) losses.add(pod, enumerate(lost.map(({ what }) => what)));
    }
    // Where nothing shows that viz is installed, this is only worth a mention.
    const severity = hasViz(context.scenario) ? Severity.Warning : Severity.Info;
    for (const found of losses.observations((pods, lost) => `viz cannot reach ${lost} of ${pods}`))
      yield { ...found, severity };
  },
};
