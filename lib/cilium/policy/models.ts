import { getOrMake, present } from "../../common/maps";
import type { ClusterFacts, NodeSettings, Scenario } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "../api/policy";
import { policyRules } from "../api/refusals";
import { SharedDecisions } from "./decision";
import { EitherPolicy } from "./either";
import { type Direction, fqdnPatterns } from "./entries";
import type { Aggregate, Identity } from "./identity";
import { Known } from "./known";
import { type Decider, Model } from "./model";
import { holdsFor, missingOf } from "./node-selector";
import { type Endpoint, populationsOf } from "./population";

/** How the agent of an endpoint may be set. */
interface Ways {
  /** Places in the list of models. */
  models: readonly number[];
  /** What would have to be known where they are several. */
  missing: string;
}

/**
 * The policies of a cluster as its agents apply them. Where all are set alike there is one model; where some nodes have settings of their own,
 * there is one for each way in which an agent may be set, and an endpoint is decided by those that its node may have.
 */
export class Models {
  readonly identities: readonly Identity[];
  readonly decisions: SharedDecisions;
  private readonly base: Model;
  private readonly all: readonly Model[];
  private readonly ways: ReadonlyMap<string, Ways>;
  private readonly unlike: readonly number[];
  private readonly deciders: Readonly<Record<Direction, Map<string, Decider>>> = {
    ingress: new Map(),
    egress: new Map(),
  };

  /**
   * @param policies Those that some agent takes.
   * @param known What they have come to before, for the same scenario.
   */
  constructor(
    policies: readonly EvaluatedPolicy[],
    scenario: Scenario,
    undecided: "unknown" | "no match",
    known: Known = new Known(scenario),
  ) {
    const { unknown: doubts, mutualAuthentication } = scenario.cluster ?? {};
    this.decisions = new SharedDecisions(undecided === "unknown" ? doubts : undefined, mutualAuthentication);
    const { ways, clusters } = waysOf(scenario);
    this.ways = ways;
    const patterns = fqdnPatterns(policies);
    const seen = clusters.map((cluster) => ({
      scenario: cluster === scenario.cluster ? scenario : { ...scenario, ...(cluster && { cluster }) },
      areNodesFenced: cluster?.hostFirewall ?? policies.some(selectsNodes),
    }));
    const fenced = seen.map(({ areNodesFenced }) => areNodesFenced).join();
    const populations = known.populationsOf(`${undecided} ${fenced} ${patterns.join(" ")}`, () =>
      populationsOf(seen, patterns, undecided),
    );
    this.all = seen.map((one, place) => {
      const own = place === 0 ? known : known.under(one.scenario.cluster ?? {});
      const population = present(populations[place], `the population of model ${place}`);
      return new Model(policies, one.scenario, undecided, own, population, this.decisions);
    });
    this.base = present(this.all[0], "the model of the cluster");
    this.identities = this.base.identities;
    this.unlike = this.identities.flatMap((_, place) =>
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

  /** The class of an identity. */
  aggregate(identity: number): Aggregate {
    return this.base.aggregate(identity);
  }

  /** Who decides about a flow at one end: nobody where no policy can be in force, and nobody knows where Cilium cannot merge the rules. */
  decider({ facts, subject }: Endpoint, direction: Direction): Decider {
    const ways = this.ways.get(facts.id);
    if (ways === undefined) return this.base.decider({ subject }, direction);
    const subjects = ways.models.map((place) => this.all[place]?.endpoint(facts.id)?.subject);
    const key = `${ways.models.join()} ${subjects.join()} ${ways.missing}`;
    return getOrMake(this.deciders[direction], key, () => {
      const possible = ways.models.map((place) => {
        const model = present(this.all[place], `model ${place}`);
        const own = { subject: model.endpoint(facts.id)?.subject };
        return { decider: model.decider(own, direction), aggregate: (identity: number) => model.aggregate(identity) };
      });
      const [first, ...others] = possible;
      if (others.every(({ decider }) => decider === undefined) && first?.decider === undefined) return undefined;
      if (others.length === 0 && this.unlike.length === 0) return first?.decider;
      return new EitherPolicy(possible, this.identities.length, this.unlike, ways.missing, this.decisions);
    });
  }
}

const selectsNodes = (policy: EvaluatedPolicy) =>
  policyRules(policy).some(({ rule }) => rule.nodeSelector !== undefined);

/** In which ways the agent of each endpoint may be set, of those for whom it is not simply as the cluster has it; and all the ways that there are. */
function waysOf({ cluster, nodeSettings = [], endpoints }: Scenario): {
  ways: Map<string, Ways>;
  clusters: (ClusterFacts | undefined)[];
} {
  const clusters: (ClusterFacts | undefined)[] = [cluster];
  const ways = new Map<string, Ways>();
  if (nodeSettings.length === 0) return { ways, clusters };
  const places = new Map<string, number>([[textOf(cluster), 0]]);
  const byNode = new Map<string, Ways>();
  for (const facts of endpoints) {
    const answers = nodeSettings.map((own) => holdsFor(own, facts));
    const own = getOrMake(byNode, answers.join(), () => {
      const all = possibleSettings(cluster, nodeSettings, answers);
      const models = all.map((one) => getOrMake(places, textOf(one), () => clusters.push(one) - 1));
      const open = nodeSettings.filter((_, index) => answers[index] === undefined);
      return { models: [...new Set(models)], missing: missingOf(open) };
    });
    if (own.models.join() !== "0") ways.set(facts.id, own);
  }
  return { ways, clusters };
}

/** Each way that the settings may add up to, where some hold, some do not, and of others it is not known. */
function possibleSettings(
  cluster: ClusterFacts | undefined,
  settings: readonly NodeSettings[],
  answers: readonly (boolean | undefined)[],
): (ClusterFacts | undefined)[] {
  let all = [cluster];
  for (const [index, own] of settings.entries()) {
    if (answers[index] === false) continue;
    // Which labels make the identity of a pod is its own node's to say, and to all agents the same; so are not where its connections lead.
    const { labels: _, kubeProxyReplacement: __, ...facts } = own.cluster;
    const set = all.map((one) => ({ ...one, ...facts }));
    const both = answers[index] === true ? set : [...all, ...set];
    all = [...new Map(both.map((one) => [textOf(one), one])).values()];
  }
  return all;
}

/** Equal settings have one text, whatever the order in which they were set. */
const textOf = (facts: ClusterFacts = {}): string =>
  JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
