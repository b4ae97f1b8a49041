import { CompilationCache } from "../../cilium/policy/compilation-cache";
import { endpointKind } from "../../cilium/policy/identity";
import { present } from "../../common/maps";
import { compile } from "../../reachability/compile";
import { Explainer } from "../../reachability/explain/explain";
import { evaluatedOf, type PolicySource } from "../../reachability/explain/sources";
import { type Reachability, stateOf, type Verdict } from "../../reachability/verdict";
import { beyondPolicies, fromOwnNode, meshWords, reasonsOf, unguarded } from "../../reachability/words";
import { flowPort, isClient } from "../../scenario/flows";
import type { StandsFor } from "../../scenario/port-group";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import type { PageData, PageObject, PagePolicy } from "../data";

/** A verdict as a number. `None`: no policy can decide. */
export const Code = { None: 0, Allowed: 1, Denied: 2, Unknown: 3 } as const;

/** Flows to one port that share a verdict. */
export interface Kind {
  code: number;
  /** The deciding rules, or the missing facts, as text. */
  why: readonly string[];
  /** How the packet travels; empty without a mesh. */
  mesh: string;
  /** Whether it is allowed without mTLS to a meshed endpoint. */
  plain: boolean;
  /** Whether it is allowed because no policy selects the target. */
  open: boolean;
  /** Whether it is allowed because a node always reaches the pods that run on it. */
  own: boolean;
  /** Whether it goes to Cilium's proxy. */
  l7: boolean;
}

/** Who reaches one port of one endpoint. */
export interface PortAnswer {
  proto: string;
  port: number;
  name?: string;
  standsFor?: StandsFor;
  kinds: readonly Kind[];
  /** By index of the endpoint in the side, the index of its kind. */
  kindOf: Uint16Array;
}

/**
 * The kind of the flows from a source.
 *
 * @throws if the answer lacks the source, which must not pass for a source without verdict
 */
export function kindAt({ kinds, kindOf }: PortAnswer, source: number): Kind {
  const kind = present(kindOf[source], `the answer for endpoint ${source}`);
  return present(kinds[kind], `the answer of kind ${kind}`);
}

/** Who reaches one endpoint. */
export interface TargetAnswer {
  /** Its index among the endpoints of the side. */
  target: number;
  ports: readonly PortAnswer[];
}

/** One state, ready for questions. */
export class Side {
  readonly scenario: Scenario;
  readonly reachability: Reachability;
  readonly known: CompilationCache;
  readonly placeOf: ReadonlyMap<string, number>;
  private readonly answers = new Map<number, TargetAnswer>();
  private made: Explainer | undefined;

  constructor(
    readonly policies: readonly PagePolicy[],
    readonly endpoints: readonly EndpointFacts[],
    rest: Omit<Scenario, "endpoints">,
    known?: CompilationCache,
    readonly objects: readonly PageObject[] = [],
  ) {
    this.scenario = { ...rest, endpoints: [...endpoints] };
    this.known = known ?? new CompilationCache(this.scenario);
    this.reachability = compile(this.sources.map(evaluatedOf), this.scenario, { known: this.known });
    this.placeOf = new Map(endpoints.map(({ id }, place) => [id, place]));
  }

  get sources(): PolicySource[] {
    return this.policies.map(({ source }) => source);
  }

  get explainer(): Explainer {
    this.made ??= new Explainer(this.sources, this.scenario, {
      reachability: this.reachability,
      known: this.known,
      locate: (index, path) => {
        const { file, line, lines } = this.policies[index] ?? {};
        const at = lines?.[path.join(".")] ?? line;
        return file === undefined ? undefined : { file, ...(at !== undefined && { line: at }) };
      },
      locateObject: (index) => {
        const { file, line } = this.objects[index] ?? {};
        return file === undefined ? undefined : { file, ...(line !== undefined && { line }) };
      },
    });
    return this.made;
  }

  /** Who reaches an endpoint, on each of its ports. The latest answers are cached. */
  target(place: number): TargetAnswer {
    const known = this.answers.get(place);
    if (known !== undefined) return known;
    const answer = { target: place, ports: [...this.ports(place)] };
    this.answers.set(place, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > mostCached && oldest !== undefined) this.answers.delete(oldest);
    return answer;
  }

  /** The verdicts about flows from one endpoint to each port of every other. */
  *fromSource(
    source: number,
  ): Generator<{ place: number; asked: Pick<PortAnswer, "proto" | "port" | "standsFor">; kind: Kind }> {
    const from = this.endpoint(source).id;
    for (const [place, facts] of this.endpoints.entries()) {
      if (place === source && facts.several !== true) continue;
      for (const named of facts.ports ?? []) {
        const asked = flowPort(named);
        yield { place, asked, kind: kindOfVerdict(this.reachability.verdict({ from, to: facts.id, ...asked }), facts) };
      }
    }
  }

  /** The same as {@link target}, port by port and without the cache. */
  *ports(target: number): Generator<PortAnswer> {
    const facts = this.endpoint(target);
    for (const named of facts.ports ?? []) {
      const { name } = named;
      const asked = flowPort(named);
      const { kindOf, verdict } = this.reachability.sourceClasses(facts.id, asked);
      const kinds: Kind[] = [nothing];
      const numbers: number[] = [];
      const own = new Uint16Array(kindOf.length);
      // A plain loop: it runs for every pair of endpoints.
      for (let source = 0; source < kindOf.length; source++) {
        if ((source === target && facts.several !== true) || !isClient(this.endpoint(source))) continue;
        const kind = present(kindOf[source], `the verdict for endpoint ${source}`);
        let number = numbers[kind];
        if (number === undefined) {
          const flow = { from: this.endpoint(source).id, to: facts.id, ...asked };
          number = kinds.push(kindOfVerdict(verdict(kind, flow), facts)) - 1;
          numbers[kind] = number;
        }
        own[source] = number;
      }
      yield { ...asked, ...(name !== undefined && { name }), kinds, kindOf: own };
    }
  }

  private endpoint(place: number): EndpointFacts {
    return present(this.endpoints[place], `endpoint ${place}`);
  }
}

const mostCached = 600;
const nothing: Kind = { code: Code.None, why: [], mesh: "", plain: false, open: false, own: false, l7: false };

function kindOfVerdict(verdict: Verdict, target: EndpointFacts): Kind {
  const state = stateOf(verdict);
  const code = beyondPolicies(verdict)
    ? Code.None
    : { allowed: Code.Allowed, denied: Code.Denied, unknown: Code.Unknown }[state];
  const meshed = target.mesh?.injected === true;
  return {
    code,
    why: reasonsOf(verdict),
    mesh: meshed || verdict.wire?.mtls === true ? meshWords(verdict) : "",
    plain: verdict.allowed && meshed && verdict.wire?.mtls !== true,
    // Linkerd may guard a target that no Cilium policy selects.
    open: verdict.allowed && unguarded(verdict) && verdict.linkerd === undefined,
    own: verdict.allowed && fromOwnNode(verdict),
    l7: verdict.l7 === true,
  };
}

/** The sides of a page. */
export function sidesOf({ sides, policies, endpoints }: PageData): Side[] {
  return sides.map(
    (side) =>
      new Side(
        side.policies.flatMap((place) => policies[place] ?? []),
        side.endpoints.flatMap((place) => endpoints[place] ?? []),
        side.scenario,
        undefined,
        side.objects,
      ),
  );
}

/** The group of an endpoint: its namespace, or {@link OUTSIDE}. */
export function groupOf(endpoint: EndpointFacts): string {
  return endpointKind(endpoint) === "pod" ? (endpoint.namespace ?? "default") : OUTSIDE;
}

/** The group of endpoints that are not pods. Not a valid name of a namespace. */
export const OUTSIDE = "(outside)";
