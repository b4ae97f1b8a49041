import { RefusalCache } from "../cilium/api/refusal-cache";
import { policyNamespace } from "../cilium/policy/entries";
import { formatProblem, type Problem, ProblemError } from "../common/problem";
import type { Unseen } from "../common/unseen";
import type { ApiServer } from "../input/manifests/api-server";
import type { LocatedComment } from "../input/manifests/document";
import type { LocatedPolicy } from "../input/manifests/policies";
import type { PolicyObject } from "../input/manifests/policy-objects";
import type { Manifests } from "../input/manifests/read";
import type { Workload } from "../input/manifests/workloads";
import { injectionOf } from "../input/scenario/as-injected";
import { withLearnedNames } from "../input/scenario/learned-names";
import { lintFactsOf } from "../input/scenario/lint-facts";
import { type InjectionOf, withRepresentatives } from "../input/scenario/representatives";
import { scenarioOf } from "../input/scenario/scenario";
import { replacedAddresses, withClientsThroughNodes } from "../input/scenario/through-nodes";
import { unseenInjection } from "../input/scenario/unseen-injection";
import { unseenServers } from "../input/scenario/unseen-servers";
import { unseenSubjects } from "../input/scenario/unseen-subjects";
import { compile } from "../reachability/compile";
import type { Reachability, RefusedPolicy } from "../reachability/verdict";
import type { LintFacts } from "../scenario/lint-facts";
import type { NamespaceFacts, Scenario } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import type { RefusedNote } from "./refused-note";

/** Facts about the cluster that take precedence over its manifests. The options of reading may be passed as they are. */
export interface EvaluateOptions {
  /** Of the reading, which is done. */
  namespace?: string;
  transportMode?: TransportMode;
  /** Cilium's `cluster.name`. */
  clusterName?: string;
  /** Other clusters of the mesh, whose pods are evaluated even if no policy names them. */
  cluster?: readonly string[];
  apiServer?: ApiServer;
}

/** One state of affairs, ready to be asked. */
export interface Evaluated {
  policies: readonly LocatedPolicy[];
  scenario: Scenario;
  /** What lint knows of the cluster beside the scenario. */
  lintFacts: LintFacts;
  reachability: Reachability;
  refused: RefusedNote[];
  /** Which policies Cilium refuses, for whoever asks again. */
  refusals: RefusalCache;
  problems: Problem[];
  /** What is named and not taken into account. */
  unseen: readonly Unseen[];
  /** Files that were found and are not read, since nothing applies them. */
  unapplied?: Manifests["unapplied"];
  /** The objects of the scenario's `mesh.authorization`, and where they stand. */
  authorization: readonly PolicyObject[];
  /** Agents only audit policies, and it is evaluated what they will do once they enforce them. */
  isAudited?: true;
  /** The workloads that manifests describe, and where they stand. */
  workloads: readonly Workload[];
  /** What comments say to meshfence. */
  comments: () => readonly LocatedComment[];
}

/**
 * Evaluates two states so that they can be compared: peers that either tells apart are told apart in both. Where agents only audit policies, before as well as
 * after, both are evaluated as if they enforced them: audit mode is there to see what policies will do, and without them no change opens anything.
 */
export function evaluateBoth(
  before: Manifests,
  after: Manifests,
  options: EvaluateOptions,
): { before: Evaluated; after: Evaluated } {
  // Each evaluation looks at the policies of both.
  const refusals = new RefusalCache();
  if ([before, after].every(({ agent }) => agent?.auditMode === true)) {
    const [was, is] = [before, after].map(asEnforced) as [Manifests, Manifests];
    return {
      before: { ...evaluate(was, options, is, refusals), isAudited: true },
      after: { ...evaluate(is, options, was, refusals), isAudited: true },
    };
  }
  return {
    before: evaluate(before, options, after, refusals),
    after: evaluate(after, options, before, refusals),
  };
}

const asEnforced = (manifests: Manifests): Manifests => ({
  ...manifests,
  agent: { ...manifests.agent, auditMode: false },
});

/**
 * Evaluates manifests over the cluster that they describe.
 *
 * @param other Another state, see {@link evaluateBoth}.
 * @param refusals Those that are known already.
 */
export function evaluate(
  manifests: Manifests,
  options: EvaluateOptions = {},
  other?: Manifests,
  refusals = new RefusalCache(),
): Evaluated {
  const { transportMode = manifests.transportMode, clusterName } = options;
  const policies = [...manifests.policies, ...(other?.policies ?? [])].map(({ manifest }) => manifest);
  const { l7Proxy, linkerdSettings, agent, nodeSettings } = manifests;
  const apiServer = options.apiServer ?? manifests.apiServer;
  const settings = { transportMode, l7Proxy, clusterName, agent, nodeSettings, linkerdSettings };
  const described = scenarioOf({ ...manifests, ...(apiServer && { apiServer }) }, policies, settings, other);
  const inForce = manifests.policies.map(({ manifest }) => manifest);
  const scenario = withLearnedNames(described, inForce);
  const own = new Set(manifests.workloads.map(({ endpoint }) => endpoint.id));
  const compared = other && {
    endpoints: [
      ...other.workloads.map(({ endpoint }) => endpoint),
      ...scenario.endpoints.filter(({ id }) => !own.has(id)),
    ],
    namespaces: namespacesIn(other),
    objects: other.authorization.map(({ object }) => object),
    injectionOf: injectionIn(other),
  };
  const injected = injectionIn(manifests);
  const represented = withRepresentatives(scenario, policies, compared, options.cluster, refusals, injected);
  const unseen = [
    ...manifests.unseen,
    ...withoutRoom(manifests, represented.unrepresented),
    ...unseenInjection(manifests, other),
    ...(other === undefined ? [] : unseenServers(manifests, other)),
    ...unseenSubjects(manifests.policies, scenario.cluster?.name, other?.policies),
  ];
  const whole = withClientsThroughNodes(represented.scenario, manifests, other);
  const lintFacts = { ...lintFactsOf(manifests), replacedAddresses: replacedAddresses(whole, manifests) };
  return answered({ ...manifests, unseen }, whole, manifests.problems, lintFacts, refusals);
}

/** What a namespace's pods get with their proxies. */
function injectionIn({ namespaceMeshes, linkerdSettings }: Manifests): InjectionOf {
  return (namespace) => injectionOf(namespaceMeshes?.get(namespace), linkerdSettings);
}

/** The namespaces of a state, those that only its workloads speak of included. */
function namespacesIn({ namespaces, workloads }: Manifests): NamespaceFacts[] {
  const known = new Set(namespaces.map(({ name }) => name));
  const implied = new Set(workloads.map(({ endpoint }) => endpoint.namespace).filter((name) => !known.has(name)));
  return [...namespaces, ...[...implied].map((name) => ({ name }))];
}

/** Pods that policies tell apart, which no manifest names, and on whose behalf nothing was asked. */
function withoutRoom({ policies }: Manifests, count: number): Unseen[] {
  const [first] = policies;
  if (count === 0 || first === undefined) return [];
  return [
    {
      file: first.document.file,
      object: `${count} more sets of pods that policies select`,
      reason: "no manifest has such pods, and there are too many to evaluate",
      fix: "Pass the workloads too, or fewer policies at once",
    },
  ];
}

/** The answer of the engine to a scenario, or to an empty one where it cannot use it. */
export function answered(
  { policies, unseen, unapplied = [], authorization, workloads, comments = () => [] }: Omit<Manifests, "problems">,
  scenario: Scenario,
  problems: readonly Problem[],
  lintFacts: LintFacts = {},
  refusals = new RefusalCache(),
): Evaluated {
  const manifests = policies.map(({ manifest }) => manifest);
  const done = (usable: Scenario, more: readonly Problem[]): Evaluated => {
    const reachability = compile(manifests, usable, { refusals });
    const refused = reachability.refused.map((policy) => noteOf(policy, policies));
    const all = [...problems, ...more];
    return {
      policies,
      scenario: usable,
      lintFacts,
      reachability,
      refused,
      refusals,
      problems: all,
      unseen,
      unapplied,
      authorization,
      workloads,
      comments,
    };
  };
  try {
    return done(scenario, []);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // The readers let nothing through that the engine cannot use; should they ever, it is said and nothing is answered.
    return done(
      { endpoints: [] },
      error.problems.map((problem) => ({ ...problem, file: "scenario" })),
    );
  }
}

function noteOf({ kind, namespace, name, problems }: RefusedPolicy, policies: readonly LocatedPolicy[]): RefusedNote {
  const found = policies.find(
    ({ manifest }) =>
      manifest.kind === kind && manifest.metadata.name === name && policyNamespace(manifest) === namespace,
  );
  const place = found && { file: found.document.file, line: found.document.position([]).line };
  return {
    policy: `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    reason: problems.map(formatProblem).join("; "),
    ...place,
  };
}
