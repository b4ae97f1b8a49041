import { parseImageReference } from "../../artifacts/image-reference";
import { usesDigests } from "../../artifacts/images";
import { ciliumProblems } from "../../cilium/install/problems";
import type { Problem } from "../../common/argument-problems";
import { portProblems } from "../../kubernetes/network";
import { linkerdProblems } from "../../linkerd/install/problems";
import { clusterPlan, nodeImageOf } from "../kind-cluster/cluster-plan";
import { kindClusterProblems } from "../kind-cluster/problems";
import { defaultLoad, loadProblems } from "../slow-cooker/workload";
import type { SandboxArgs } from "./args";
import { sandboxParts } from "./parts";

/** Everything that is wrong with a sandbox, in the sandbox's own words, before any part of it is created. */
export function sandboxProblems(name: string, args: SandboxArgs): Problem[] {
  const { cluster, cilium, linkerd } = sandboxParts(name, args);
  // Where Cilium finds the API server is the cluster's to say, and always known.
  const apiServer = { host: cluster.clusterName };
  const problems = [
    ...kindClusterProblems(
      cluster.clusterName,
      nodeImageOf(cluster),
      clusterPlan(cluster),
      args.allowUnsupportedVersions ?? false,
    ),
    ...ciliumProblems({ ...cilium, apiServer }).map(renamed(ciliumNames)),
    ...linkerdProblems(linkerd).map(renamed(linkerdNames)),
    ...loadProblems("load", { ...defaultLoad, ...withoutUndefined(args.load ?? {}) }),
    ...portsProblems(args.allowedPorts),
    ...preloadProblems(args),
  ];
  return unique(problems);
}

const ciliumNames: [RegExp, string][] = [
  [/^values/, "ciliumValues"],
  [/\breplaceKubeProxy: true\b/, 'kubeProxy: "none"'],
  [/\breplaceKubeProxy: false\b/, 'kubeProxy: "iptables"'],
  [/\bset replaceKubeProxy\b/, 'set kubeProxy to "none"'],
  [/\breplaceKubeProxy\b/, "kubeProxy"],
];

const linkerdNames: [RegExp, string][] = [
  [/^values/, "linkerdValues"],
  [/^trustAnchors\[\d+\]\.validityHours$/, "certificates.trustAnchorHours"],
  [/^trustAnchors\[(\d+)\]\.generation$/, "certificates.generations[$1]"],
  [/^trustAnchors$/, "certificates.generations"],
  [/^issuer\.signedBy$/, "certificates.signedBy"],
  [/^issuer\.validityHours$/, "certificates.issuerHours"],
  [/^issuer\.earlyRenewalHours$/, "certificates.issuerRenewalHours"],
];

/** In the sandbox's words: its arguments have names of their own. */
function renamed(names: [RegExp, string][]): (problem: Problem) => Problem {
  const inOurs = (text: string) => names.reduce((said, [theirs, ours]) => said.replace(theirs, ours), text);
  return ({ where, what, remedy }) => ({ where: inOurs(where), what: inOurs(what), remedy: inOurs(remedy) });
}

function portsProblems(ports: readonly number[] | undefined): Problem[] {
  if (ports?.length === 0)
    return [
      {
        where: "allowedPorts",
        what: "the list is empty, and the client would have nobody to call",
        remedy: "name one, e.g. 9898",
      },
    ];
  return (ports ?? []).flatMap((port, index) => portProblems(`allowedPorts[${index}]`, port));
}

function preloadProblems({ preloadedImages = [], artifacts }: SandboxArgs): Problem[] {
  if (preloadedImages.length === 0) return [];
  const problems = preloadedImages.flatMap((image, index): Problem[] => {
    const { tag, digest } = parseImageReference(image);
    if (tag !== undefined && digest === undefined) return [];
    return [
      {
        where: `preloadedImages[${index}]`,
        what: `"${image}" ${digest === undefined ? "has no tag" : "has a digest, which images that are loaded do not keep"}`,
        remedy: "name it with its tag alone, e.g. ghcr.io/stefanprodan/podinfo:6.14.1",
      },
    ];
  });
  if (usesDigests(artifacts)) {
    problems.push({
      where: "artifacts.images.digests",
      what: "the charts ask for their images by digest, and those in preloadedImages would not be found",
      remedy: "set it to false",
    });
  }
  return problems;
}

/** Parts that share an argument, such as the sources of charts, report it once. */
function unique(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify([problem.where, problem.what]);
    return !seen.has(key) && seen.add(key);
  });
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}
