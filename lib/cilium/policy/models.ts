import { getOrMake, present } from "../../common/maps";
import type { ClusterFacts, NodeSettings, Scenario } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "../api/policy";
import { policyRules } from "../api/refusals";
import { CompilationCache } from "./compilation-cache";
import { SharedDecisions } from "./decision";
import { EitherPolicy } from "./either";
import { type Direction, fqdnPatterns } from "./entries";
import type { Aggregate, Identity } from "./identity";
import { type Decider, Model } from "./model";
import { holdsFor, missingOf } from "./node-selector";
import { type Endpoint, populationsOf } from "./population";

/** The configurations that the agent of an endpoint may have. */
interface Configurations {
  /** Indices of the models. */
  models: readonly number[];
  /** If there are several: what would have to be known to tell which one applies, in words. */
  missing: string;
}

/**
 * The policies of a cluster as its agents apply them: one model for each configuration that an agent may have. Usually there is one for all; nodes
 * with settings of their own (CiliumNodeConfig) add more, and the models that an endpoint's node may have decide for the endpoint.
 */
export class Models {
  readonly identities: readonly Identity[];
  readonly decisions: SharedDecisions;
  private readonly base: Model;
  private readonly all: readonly Model[];
  private readonly configurations: ReadonlyMap<string, Configurations>;
  private readonly reclassified: readonly number[];
  private readonly deciders: Readonly<Record<Direction, Map<string, Decider>>> = {
    ingress: new Map(),
    egress: new Map(),
  };

  /**
   * @param policies Those that at least one agent accepts.
   * @param cache For the same scenario.
   */
  constructor(
    policies: readonly EvaluatedPolicy[],
    scenario: Scenario,
    undecided: "unknown" | "no match",
    cache: CompilationCache = new CompilationCache(scenario),
  ) {
    const { unknown: unknownSettings, mutualAuthentication } = scenario.cluster ?? {};
    this.decisions = new SharedDecisions(undecided === "unknown" ? unknownSettings : undefined, mutualAuthentication);
    const { configurations, clusters } = configurationsOf(scenario);
    this.configurations = configurations;
    const patterns = fqdnPatterns(policies);
    const seen = clusters.map((cluster) => ({
      scenario: cluster === scenario.cluster ? scenario : { ...scenario, ...(cluster && { cluster }) },
      areNodesFenced: cluster?.hostFirewall ?? policies.some(selectsNodes),
    }));
    const fenced = seen.map(({ areNodesFenced }) => areNodesFenced).join();
    const populations = cache.populationsOf(`${undecided} ${fenced} ${patterns.join(" ")}`, () =>
      populationsOf(seen, patterns, undecided),
    );
    this.all = seen.map((one, place) => {
      const population = present(populations[place], `the population of model ${place}`);
      return new Model(policies, {
        scenario: one.scenario,
        undecided,
        cache: place === 0 ? cache : cache.under(one.scenario.cluster ?? {}),
        population,
        decisions: this.decisions,
      });
    });
    this.base = present(this.all[0], "the model of the cluster");
    this.identities = this.base.identities;
    this.reclassified = this.identities.flatMap((_, place) =>
      this.all.every((model) => model.aggregate(place) === this.base.aggregate(place)) ? [] : [place],
    );
  }

  endpoint(id: string): Endpoint | undefined {
    return this.base.endpoint(id);
  }

  /** Whether policies can apply to an endpoint. */
  isSubject(id: string): boolean {
    return this.all.some((model) => model.endpoint(id)?.subject !== undefined);
  }

  /** The aggregate of an identity. */
  aggregate(identity: number): Aggregate {
    return this.base.aggregate(identity);
  }

  /** What decides at one end of a flow: undefined if no policy can apply there, an unknown decision if Cilium cannot merge the rules. */
  decider({ facts, subject }: Endpoint, direction: Direction): Decider {
    const configurations = this.configurations.get(facts.id);
    if (configurations === undefined) return this.base.decider({ subject }, direction);
    const { models, missing } = configurations;
    const subjects = models.map((index) => this.all[index]?.endpoint(facts.id)?.subject);
    const key = `${models.join()} ${subjects.join()} ${missing}`;
    return getOrMake(this.deciders[direction], key, () => {
      const possible = models.map((index) => {
        const model = present(this.all[index], `model ${index}`);
        const own = { subject: model.endpoint(facts.id)?.subject };
        return { decider: model.decider(own, direction), aggregate: (identity: number) => model.aggregate(identity) };
      });
      const [first, ...others] = possible;
      if (others.every(({ decider }) => decider === undefined) && first?.decider === undefined) return undefined;
      if (others.length === 0 && this.reclassified.length === 0) return first?.decider;
      return new EitherPolicy(possible, this.identities.length, this.reclassified, missing, this.decisions);
    });
  }
}

const selectsNodes = (policy: EvaluatedPolicy) =>
  policyRules(policy).some(({ rule }) => rule.nodeSelector !== undefined);

/** All configurations, and for each endpoint whose agent may not have the cluster's own one, those that it may have. */
function configurationsOf({ cluster, nodeSettings = [], endpoints }: Scenario): {
  configurations: Map<string, Configurations>;
  clusters: (ClusterFacts | undefined)[];
} {
  const clusters: (ClusterFacts | undefined)[] = [cluster];
  const configurations = new Map<string, Configurations>();
  if (nodeSettings.length === 0) return { configurations, clusters };
  const indices = new Map<string, number>([[textOf(cluster), 0]]);
  const byNode = new Map<string, Configurations>();
  for (const facts of endpoints) {
    const answers = nodeSettings.map((settings) => holdsFor(settings, facts));
    const own = getOrMake(byNode, answers.join(), () => {
      const all = possibleSettings(cluster, nodeSettings, answers);
      const models = all.map((one) => getOrMake(indices, textOf(one), () => clusters.push(one) - 1));
      const undecided = nodeSettings.filter((_, index) => answers[index] === undefined);
      return { models: [...new Set(models)], missing: missingOf(undecided) };
    });
    if (own.models.join() !== "0") configurations.set(facts.id, own);
  }
  return { configurations, clusters };
}

/**
 * Every combination that the settings may add up to.
 *
 * @param answers Whether each of the settings applies; undefined if that is not known.
 */
function possibleSettings(
  cluster: ClusterFacts | undefined,
  settings: readonly NodeSettings[],
  answers: readonly (boolean | undefined)[],
): (ClusterFacts | undefined)[] {
  let all = [cluster];
  for (const [index, own] of settings.entries()) {
    if (answers[index] === false) continue;
    // Without these two: which labels make up an identity is decided by the pod's own node, for all agents; and replacing kube-proxy changes where
    // connections lead, not what policies decide.
    const { labels: _, kubeProxyReplacement: __, ...facts } = own.cluster;
    const set = all.map((one) => ({ ...one, ...facts }));
    const both = answers[index] === true ? set : [...all, ...set];
    all = [...new Map(both.map((one) => [textOf(one), one])).values()];
  }
  return all;
}

/** Equal for equal settings, in whichever order they are given. */
const textOf = (facts: ClusterFacts = {}): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
