import type { PolicyManifest } from "../../cilium/api/policy";
import { compareProblems, type Problem } from "../../common/problem";
import { documentText, kubernetesDocument } from "../yaml/write";
import { admitted } from "./admitted";
import { policyKinds } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { readObjects } from "./read-objects";
import { readYaml } from "./yaml";

/** What {@link fromYaml} found. */
export interface YamlPolicies {
  /** Each policy as written: absent, `null`, `[]` and `{}` stay distinct, and fields unknown to Cilium are kept. */
  policies: PolicyManifest[];
  /** Everything that the API server would refuse or Cilium would ignore, each with its line. */
  problems: Problem[];
}

/**
 * Reads CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies from any number of YAML or JSON documents, including Lists. Never throws: a document
 * that cannot be read, or is not a policy, is reported as a problem and left out.
 *
 * @param file Names the source in the problems.
 *
 * @example
 * import { readFileSync } from "node:fs";
 * import { formatProblem, fromYaml, NetworkPolicy } from "meshfence";
 *
 * const { policies, problems } = fromYaml(readFileSync("policies.yaml", "utf8"), "policies.yaml");
 * if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
 */
export function fromYaml(text: string, file = "policy.yaml"): YamlPolicies {
  const { documents, problems } = readYaml(text, file);
  const report = (problem: Problem) => problems.push(problem);
  const objects = documents.flatMap((document) => readObjects(document, report, false));
  const policies = objects.filter((object) => isPolicy(object, report)).map(({ value }) => value as unknown);
  return { policies: policies as PolicyManifest[], problems: problems.sort(compareProblems) };
}

function isPolicy(object: KubernetesObject, report: (problem: Problem) => void): boolean {
  const { apiVersion, kind, document } = object;
  const base = { file: document.file, object: describeObject(object) };
  const isOne = apiVersion === "cilium.io/v2" && policyKinds.some((known) => known === kind);
  if (!isOne) {
    const message = `is ${apiVersion} ${kind}, not a ${policyKinds.join(" or ")} of cilium.io/v2. It is left out`;
    report({ ...base, ...document.position([]), code: "other-kind", message, leftOut: { name: object.name } });
    return false;
  }
  const stored = admitted(object, object.namespace, report);
  for (const { path } of stored?.nulls ?? []) {
    const message = "is null, which a create stores as if the field were absent, and a server-side apply refuses";
    report({ ...base, ...document.position(path), code: "null-value", path, message });
  }
  return stored !== undefined;
}

/**
 * Writes policies as YAML documents that kubectl and {@link fromYaml} read back to the same values. Strings that are not strings in YAML 1.1, which
 * Kubernetes reads, are quoted (`"9898"`, `"yes"`, `"1:30"`).
 *
 * @example
 * console.log(toYaml([networkPolicy({ name: "db", namespace: "shop", endpointSelector: Endpoints.all() })]));
 */
export function toYaml(policies: readonly PolicyManifest[]): string {
  return policies.map(writeDocument).join("---\n");
}

const writeDocument = (policy: PolicyManifest) => documentText(kubernetesDocument(policy));
