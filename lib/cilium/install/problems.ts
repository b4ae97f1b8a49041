import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { chartSourceProblems } from "../../artifacts/charts";
import type { HelmValues } from "../../common/helm-values";
import type { Problem } from "../../common/problem";
import { versionProblems } from "../../common/version-range";
import { pinned, supportedCilium } from "../../common/versions";
import { portProblems } from "../../kubernetes/network";
import { type KubeProxyWords, ownWords } from "./kube-proxy-words";
import { retiredValueProblems } from "./retired-values";

/** The arguments of the component that can be validated before anything runs. */
export interface CiliumChoices {
  version?: string;
  allowUnsupportedVersions?: boolean;
  /** May still be an output of Pulumi's, which can't be judged. */
  nodes?: unknown;
  replaceKubeProxy?: boolean;
  /** May still be an output of Pulumi's, which can't be judged. */
  apiServer?: unknown;
  artifacts?: ArtifactSources;
  values?: HelmValues;
}

/** All problems of the arguments; empty if Cilium can be installed. */
export function ciliumProblems(args: CiliumChoices, kubeProxy: KubeProxyWords = ownWords): Problem[] {
  const { version = pinned.cilium, nodes, apiServer } = args;
  const problems = args.allowUnsupportedVersions
    ? []
    : versionProblems(["version"], version, "the Cilium chart", supportedCilium);
  if (typeof nodes === "number" && !(Number.isInteger(nodes) && nodes >= 1)) {
    problems.push({
      code: "invalid-number",
      path: ["nodes"],
      message: `${nodes} is not a number of nodes`,
      fix: "use a whole number, 1 or more",
    });
  }
  if (args.replaceKubeProxy && apiServer === undefined && args.values?.k8sServiceHost === undefined) {
    problems.push({
      code: "missing",
      path: ["apiServer"],
      related: [["replaceKubeProxy"]],
      message:
        "without kube-proxy nothing translates the Service address of the API server, and Cilium could not reach it",
      fix: 'give its address on the nodes\' network, e.g. { host: "sandbox-control-plane", port: 6443 } with kind',
    });
  }
  if (
    typeof apiServer === "object" &&
    apiServer !== null &&
    "port" in apiServer &&
    typeof apiServer.port === "number"
  ) {
    problems.push(...portProblems(["apiServer", "port"], apiServer.port));
  }
  const replacement = args.values?.kubeProxyReplacement;
  if (
    ["true", "false"].includes(String(replacement)) &&
    String(replacement) !== String(args.replaceKubeProxy ?? false)
  ) {
    problems.push({
      code: "conflict",
      path: ["values", "kubeProxyReplacement"],
      related: [["replaceKubeProxy"]],
      message: `${replacement} contradicts ${kubeProxy()}, which also decides how Cilium finds the API server`,
      fix: `leave it out and set ${kubeProxy(String(replacement) === "true")}`,
    });
  }
  problems.push(...retiredValueProblems(["values"], args.values, kubeProxy));
  problems.push(...chartSourceProblems([{ chart: "cilium", version }], args.artifacts));
  return problems;
}
