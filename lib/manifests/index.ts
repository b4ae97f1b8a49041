/**
 * Reads, evaluates, compares and lints manifests, as `meshfence reach`, `diff` and `lint` do: of CiliumNetworkPolicies, NetworkPolicies,
 * Linkerd's authorization, workloads, Services and the values of Cilium and Linkerd.
 *
 * Pure: no Pulumi, no cluster, no file is opened. Charts and kustomizations are not rendered; they are among `unseen`.
 *
 * @packageDocumentation
 */

import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { Problem } from "../common/problem";
import type { Unseen } from "../common/unseen";
import { readManifests } from "../input/manifests/read";
import type { Severity } from "../lint/finding";
import { anyProject, lintManifests as lintEvaluated } from "../lint/lint-manifests";
import type { LocatedFinding } from "../lint/located";
import { type Change, diffReachability, type ReachabilityDiff } from "../reachability/diff";
import type { Reachability } from "../reachability/verdict";
import type { Scenario } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import { evaluate, evaluateBoth } from "./evaluate";

export type { EvaluatedPolicy } from "../cilium/api/policy";
export {
  formatProblem,
  type Path,
  type Place,
  type Problem,
} from "../common/problem";
export { describeUnseen, type Unseen } from "../common/unseen";
export { TransportMode } from "../scenario/transport-mode";
export type { Change, LocatedFinding, Reachability, ReachabilityDiff, Scenario, Severity };

/** A text with manifests as YAML or JSON, of any number of documents. */
export interface ManifestFile {
  /** Its name in problems: the path of the file. */
  file: string;
  /** The text itself. */
  text: string;
}

/** What manifests leave open. Values given here take precedence over them. */
export interface ManifestOptions {
  /** The namespace of objects that name none. Default: `default`. */
  namespace?: string | undefined;
  /** Linkerd's transport mode. Default: what the control plane's values or Deployment say, else the chart's default. */
  transportMode?: TransportMode | undefined;
  /** Cilium's `cluster.name`. Default: what its values say, else `default`. */
  clusterName?: string | undefined;
  /** Other clusters of the mesh, whose pods are evaluated even if no policy names them. Default: none. */
  clusters?: readonly string[] | undefined;
}

/** What was read and what was not. */
export interface ManifestsRead {
  /** What is wrong with the manifests, with file and line. A policy that the API server would refuse is left out of answers. */
  problems: readonly Problem[];
  /** What the manifests contain but answers do not take into account. An answer is complete only if this and `problems` are empty. */
  unseen: readonly Unseen[];
}

/** Evaluated manifests: who can talk to whom. */
export interface EvaluatedManifests extends ManifestsRead {
  /** The policies, as a cluster stores them; Kubernetes' NetworkPolicies in Cilium's terms. */
  policies: readonly EvaluatedPolicy[];
  /** The cluster that the manifests describe: its endpoints, namespaces, Services, settings. */
  scenario: Scenario;
  /** Who can talk to whom. */
  reachability: Reachability;
}

/** What changed between two states of the manifests, both read whole. */
export interface ManifestsDiff extends ReachabilityDiff, ManifestsRead {}

/** The findings of lint. */
export interface LintedManifests extends ManifestsRead {
  /** By file and line, without those that a comment in the manifests ignores. */
  findings: readonly LocatedFinding[];
}

/**
 * Who can talk to whom under these manifests, as `meshfence reach` reports it. Never throws: everything that is wrong with them is in `problems`.
 *
 * @example
 * import { readFileSync } from "node:fs";
 * import { evaluateManifests } from "meshfence/manifests";
 *
 * const text = readFileSync("shop.yaml", "utf8");
 * const { reachability, problems, unseen } = evaluateManifests([{ file: "shop.yaml", text }], { namespace: "shop" });
 * const { allowed } = reachability.verdict({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 * if (problems.length + unseen.length > 0) console.log("the answer may be incomplete");
 * else console.log(allowed);
 */
export function evaluateManifests(files: readonly ManifestFile[], options: ManifestOptions = {}): EvaluatedManifests {
  const { policies, scenario, reachability, problems, unseen } = evaluate(read(files, options), settings(options));
  return { policies: policies.map(({ manifest }) => manifest), scenario, reachability, problems, unseen };
}

/**
 * What opens and what closes between two states, as `meshfence diff` reports it. Every port that either state distinguishes is evaluated in both, so
 * nothing opens unnoticed.
 *
 * @example
 * import { diffManifests, type ManifestFile } from "meshfence/manifests";
 *
 * export function opensToTheWorld(before: ManifestFile[], after: ManifestFile[]): boolean {
 *   const { opened, problems, unseen } = diffManifests(before, after);
 *   if (problems.length + unseen.length > 0) throw new Error("the answer may be incomplete");
 *   return opened.some(({ from }) => from.includes("world"));
 * }
 */
export function diffManifests(
  before: readonly ManifestFile[],
  after: readonly ManifestFile[],
  options: ManifestOptions = {},
): ManifestsDiff {
  const sides = evaluateBoth(read(before, options), read(after, options), settings(options));
  return {
    ...diffReachability(sides.before, sides.after),
    problems: [...sides.before.problems, ...sides.after.problems],
    unseen: [...sides.before.unseen, ...sides.after.unseen],
  };
}

/**
 * Policies that do not do what they seem to, as `meshfence lint` reports them, with the default settings.
 *
 * @example
 * import { lintManifests } from "meshfence/manifests";
 *
 * const text = `
 * apiVersion: cilium.io/v2
 * kind: CiliumNetworkPolicy
 * metadata: { name: db, namespace: shop }
 * spec: { endpointSelector: {}, ingress: [{ fromEndpoints: [] }] }
 * `;
 * for (const { file, line, rule, message, fix } of lintManifests([{ file: "db.yaml", text }]).findings) {
 *   console.log(`${file}:${line} ${rule}: ${message}. ${fix}`);
 * }
 */
export function lintManifests(files: readonly ManifestFile[], options: ManifestOptions = {}): LintedManifests {
  const evaluated = evaluate(read(files, options), settings(options));
  const { findings } = lintEvaluated(evaluated, anyProject);
  return { findings, problems: evaluated.problems, unseen: evaluated.unseen };
}

const read = (files: readonly ManifestFile[], { namespace = "default" }: ManifestOptions) =>
  readManifests(files, namespace);

const settings = ({ transportMode, clusterName, clusters }: ManifestOptions) => ({
  ...(transportMode !== undefined && { transportMode }),
  ...(clusterName !== undefined && { clusterName }),
  ...(clusters !== undefined && { cluster: clusters }),
});
