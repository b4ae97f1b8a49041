import type { Problem } from "../../common/problem";
import type { Evaluated } from "../../manifests/evaluate";
import { compile } from "../../reachability/compile";
import { namedEnd, namedPort } from "../../reachability/explain/ends";
import { type Answer, type State, stateOf, type Verdict } from "../../reachability/verdict";
import type { EndpointFacts, NamedPort } from "../../scenario/scenario";

/** Selects the flows to show. */
export interface FlowFilter {
  /** The clients, as `explain` takes them. Default: all. */
  from?: readonly string[];
  /** The servers, likewise. */
  to?: readonly string[];
  /** A number, `53/UDP`, a port's name or `icmp`. Default: every port that a policy distinguishes. */
  port?: string;
  /** Their verdicts. Default: all. */
  only?: readonly State[];
}

/** Restricts a report to some of its flows. */
export interface Narrowing {
  /** What is shown, in words. */
  words: string;
  /** The answers that are shown. Absent: all. */
  states?: readonly State[] | undefined;
  /** The endpoints, with the ports that are shown. */
  endpoints(all: readonly EndpointFacts[]): EndpointFacts[];
  /** The endpoints that may be an end of a flow that is shown. */
  involved(all: readonly EndpointFacts[]): EndpointFacts[];
  verdicts(all: Iterable<Verdict>): Iterable<Verdict>;
  answers(all: Iterable<Answer>): Iterable<Answer>;
}

/** Shows all flows. */
export const everything: Narrowing = {
  words: "",
  endpoints: (all) => [...all],
  involved: (all) => [...all],
  verdicts: (all) => all,
  answers: (all) => all,
};

export const isNarrow = ({ from = [], to = [], port, only }: FlowFilter): boolean =>
  from.length + to.length > 0 || port !== undefined || only !== undefined;

/**
 * Resolves a filter in a state. An address or a DNS name that no policy distinguishes becomes an endpoint of its own.
 *
 * @returns The problems with the filter if it cannot be resolved.
 */
export function narrow(
  filter: FlowFilter,
  evaluated: Evaluated,
): { evaluated: Evaluated; narrowing: Narrowing } | { problems: Problem[] } {
  const problems: Problem[] = [];
  let { scenario } = evaluated;
  const idsOf = (texts: readonly string[]): ReadonlySet<string> | undefined => {
    if (texts.length === 0) return undefined;
    const ids = texts.flatMap((text) => {
      const end = namedEnd(text, scenario);
      if (!("ids" in end)) {
        problems.push(end);
        return [];
      }
      scenario = end.scenario;
      return end.ids;
    });
    return new Set(ids);
  };
  const [from, to] = [idsOf(filter.from ?? []), idsOf(filter.to ?? [])];
  const port = filter.port === undefined ? undefined : portsNamed(filter.port, scenario.endpoints);
  if (port !== undefined && "problem" in port) problems.push(port.problem);
  if (problems.length > 0) return { problems };
  const manifests = evaluated.policies.map(({ manifest }) => manifest);
  const state =
    scenario === evaluated.scenario
      ? evaluated
      : { ...evaluated, scenario, reachability: compile(manifests, scenario) };
  const portsOf = port === undefined || "problem" in port ? undefined : port.of;
  return { evaluated: state, narrowing: narrowing(filter, scenario.endpoints, { from, to, portsOf }) };
}

interface Selected {
  from: ReadonlySet<string> | undefined;
  to: ReadonlySet<string> | undefined;
  portsOf: ((endpoint: EndpointFacts) => NamedPort[]) | undefined;
}

function narrowing(
  filter: FlowFilter,
  endpoints: readonly EndpointFacts[],
  { from, to, portsOf }: Selected,
): Narrowing {
  const only = filter.only === undefined ? undefined : new Set(filter.only);
  const ports = portsOf && new Map(endpoints.map((endpoint) => [endpoint.id, portsOf(endpoint)]));
  const isShown = (verdict: Verdict) => {
    if (to?.has(verdict.to) === false || only?.has(stateOf(verdict)) === false) return false;
    const { proto, port } = verdict;
    return ports?.get(verdict.to)?.some((own) => own.port === port && (own.protocol ?? "TCP") === proto) !== false;
  };
  return {
    words: words(filter),
    states: filter.only,
    involved: (all) =>
      from === undefined || to === undefined ? [...all] : all.filter(({ id }) => from.has(id) || to.has(id)),
    endpoints: (all) =>
      all.map((endpoint) => {
        if (to !== undefined && !to.has(endpoint.id)) return { ...endpoint, ports: [] };
        return portsOf === undefined ? endpoint : { ...endpoint, ports: portsOf(endpoint) };
      }),
    *verdicts(all) {
      for (const verdict of all) if ((from === undefined || from.has(verdict.from)) && isShown(verdict)) yield verdict;
    },
    *answers(all) {
      for (const answer of all) {
        const sources = from === undefined ? answer.from : answer.from.filter((id) => from.has(id));
        const [first] = sources;
        if (first !== undefined && isShown(answer.verdict))
          yield { from: sources, verdict: { ...answer.verdict, from: first } };
      }
    },
  };
}

/** The selected ports of each endpoint. A bare number means TCP, and any other protocol that is known to listen on it. */
function portsNamed(
  text: string,
  endpoints: readonly EndpointFacts[],
): { of: (endpoint: EndpointFacts) => NamedPort[] } | { problem: Problem } {
  const of = ({ ports = [] }: EndpointFacts): NamedPort[] => {
    const found = namedPort(text, ports);
    if (!("port" in found)) return [];
    const { port, proto: protocol } = found;
    const known = ports.filter((own) => own.port === port && own.standsFor === undefined);
    const same = known.filter((own) => /^\d+$/.test(text) || (own.protocol ?? "TCP") === protocol);
    const isAsked = same.some((own) => (own.protocol ?? "TCP") === protocol);
    return isAsked ? same : [{ port, protocol }, ...same];
  };
  if (endpoints.some((endpoint) => of(endpoint).length > 0)) return { of };
  const found = namedPort(text, []);
  return "port" in found ? { of } : { problem: { ...found, message: `no endpoint has a port "${text}"` } };
}

function words({ from = [], to = [], port, only }: FlowFilter): string {
  const parts = [
    ...(from.length > 0 ? [`from ${from.join(", ")}`] : []),
    ...(to.length > 0 ? [`to ${to.join(", ")}`] : []),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(only === undefined ? [] : [only.join(", ")]),
  ];
  return `only ${parts.join(" · ")}`;
}
