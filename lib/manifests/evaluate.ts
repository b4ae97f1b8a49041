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

/** Facts about the cluster that take precedence over its manifests. Options for reading manifests may be passed along. */
export interface EvaluateOptions {
  /** Ignored here: an option for reading. */
  namespace?: string;
  transportMode?: TransportMode;
  /** Cilium's `cluster.name`. */
  clusterName?: string;
  /** Other clusters of the mesh, whose pods are evaluated even if no policy names them. */
  cluster?: readonly string[];
  apiServer?: ApiServer;
}

/** One evaluated state of the manifests. */
export interface Evaluated {
  policies: readonly LocatedPolicy[];
  scenario: Scenario;
  /** The facts about the cluster that only lint uses. */
  lintFacts: LintFacts;
  reachability: Reachability;
  refused: RefusedNote[];
  /** The known refusals of policies, for later evaluations. */
  refusals: RefusalCache;
  problems: Problem[];
  /** What the manifests name but the evaluation does not take into account. */
  unseen: readonly Unseen[];
  /** Files that were found but not read, because nothing applies them. */
  unapplied?: Manifests["unapplied"];
  /** The objects of the scenario's `mesh.authorization`, with their places. */
  authorization: readonly PolicyObject[];
  /** Whether agents only audit policies; the verdicts are then those that they will enforce later. Default false. */
  isAudited?: true;
  /** The workloads that manifests describe, with their places. */
  workloads: readonly Workload[];
  /** The comments that address meshfence. */
  comments: () => readonly LocatedComment[];
}

/**
 * Evaluates two states so that they can be compared: peers that either state distinguishes are distinguished in both. If agents only audit policies both
 * before and after, both states are evaluated as if policies were enforced. Audit mode is there to see what policies will do; while nothing is enforced,
 * no change would open anything.
 */
export function evaluateBoth(
  before: Manifests,
  after: Manifests,
  options: EvaluateOptions,
): { before: Evaluated; after: Evaluated } {
  // Both evaluations look at the policies of both states.
  const refusals = new RefusalCache();
  if ([before, after].every(({ agent }) => agent?.auditMode === true)) {
    const [enforcedBefore, enforcedAfter] = [before, after].map(asEnforced) as [Manifests, Manifests];
    return {
      before: { ...evaluate(enforcedBefore, options, enforcedAfter, refusals), isAudited: true },
      after: { ...evaluate(enforcedAfter, options, enforcedBefore, refusals), isAudited: true },
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
 * Evaluates manifests for the cluster that they describe.
 *
 * @param other The state to compare with, see {@link evaluateBoth}.
 * @param refusals The known refusals of policies.
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
  const represented = withRepresentatives(scenario, policies, {
    other: compared,
    clusters: options.cluster,
    refusals,
    injectionOf: injected,
  });
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

/** What injection adds to the pods of a namespace. */
function injectionIn({ namespaceMeshes, linkerdSettings }: Manifests): InjectionOf {
  return (namespace) => injectionOf(namespaceMeshes?.get(namespace), linkerdSettings);
}

/** The namespaces of a state, including those that only its workloads name. */
function namespacesIn({ namespaces, workloads }: Manifests): NamespaceFacts[] {
  const known = new Set(namespaces.map(({ name }) => name));
  const implied = new Set(workloads.map(({ endpoint }) => endpoint.namespace).filter((name) => !known.has(name)));
  return [...namespaces, ...[...implied].map((name) => ({ name }))];
}

/** Reports pods that policies select but no manifest describes, if they are too many to evaluate. */
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

/** Compiles the scenario; or an empty one, with the problems, if the engine cannot use it. */
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
    // The readers should let nothing through that the engine cannot use. If they do, report it and decide nothing.
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
