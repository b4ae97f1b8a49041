import { Document, Scalar, type Tags, visit } from "yaml";
import type { PolicyManifest } from "../../cilium/api/policy";
import { compareProblems, type Problem } from "../../common/problem";
import { plainScalar } from "../yaml/scalar";
import { admitted } from "./admitted";
import { describeObject, type KubernetesObject, policyKinds, readObjects } from "./objects";
import { readYaml } from "./yaml";

/** What {@link fromYaml} found. */
export interface YamlPolicies {
  /** Each policy as it was written: absent, `null`, `[]` and `{}` kept apart, and fields that Cilium does not know kept. */
  policies: PolicyManifest[];
  /** Everything that the API server would refuse or Cilium not see, each with its line. */
  problems: Problem[];
}

/**
 * Reads CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies: any number of documents, YAML or JSON, Lists too. Never
 * throws; what cannot be read, or is no policy, is a problem and left out.
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
 * Writes policies as YAML documents that kubectl and {@link fromYaml} read back to the same values. Strings that YAML 1.1, which
 * Kubernetes reads, would take for something else (`"9898"`, `"yes"`, `"1:30"`) come quoted.
 *
 * @example
 * console.log(toYaml([networkPolicy({ name: "db", namespace: "shop", endpointSelector: Endpoints.all() })]));
 */
export function toYaml(policies: readonly PolicyManifest[]): string {
  return policies.map(writeDocument).join("---\n");
}

function writeDocument(policy: PolicyManifest): string {
  const document = new Document(policy, { version: "1.1", customTags: withoutMerge, aliasDuplicateObjects: false });
  visit(document, {
    Scalar(role, scalar) {
      // Unquoted, this key would merge its value into the mapping around it.
      if (role === "key" && scalar.value === "<<") scalar.type = Scalar.QUOTE_DOUBLE;
      const { value } = scalar;
      const isOdd = typeof value === "string" && (plainScalar(value) !== value || value.search(oddCharacters) >= 0);
      if (isOdd) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, directives: false }).replaceAll(oddCharacters, escaped);
}

/** What kubectl's reader takes for the end of a line, or not at all; such text stands in double quotes. */
const oddCharacters = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, "0")}`;

const withoutMerge = (tags: Tags): Tags =>
  tags.filter((tag) => (typeof tag === "string" ? tag : tag.tag) !== "tag:yaml.org,2002:merge");
