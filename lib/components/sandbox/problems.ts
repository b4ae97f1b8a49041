import { parseImageReference } from "../../artifacts/image-reference";
import { usesDigests } from "../../artifacts/images";
import type { KubeProxyWords } from "../../cilium/install/kube-proxy-words";
import { ciliumProblems } from "../../cilium/install/problems";
import { given } from "../../common/given";
import type { Path, Problem } from "../../common/problem";
import { portProblems } from "../../kubernetes/network";
import { linkerdProblems } from "../../linkerd/install/problems";
import { KubeProxyMode } from "../kind-cluster/cluster-config";
import { kindClusterProblems } from "../kind-cluster/problems";
import { defaultLoad, loadProblems } from "../slow-cooker/workload";
import type { SandboxArgs } from "./args";
import { sandboxParts } from "./parts";

/** Every problem of a sandbox's arguments, under the sandbox's own names, before any part of it is created. */
export function sandboxProblems(name: string, args: SandboxArgs): Problem[] {
  const { cluster, cilium, linkerd } = sandboxParts(args);
  // The cluster provides the API server's address, so it is never missing.
  const apiServer = { host: "the cluster's" };
  const problems = [
    ...kindClusterProblems(name, cluster),
    ...ciliumProblems({ ...cilium, apiServer }, kubeProxyWords).map(renamed(ciliumNames)),
    ...linkerdProblems(linkerd).map(renamed(linkerdNames)),
    ...loadProblems(["load"], { ...defaultLoad, ...given(args.load ?? {}) }),
    ...portsProblems(args.allowedPorts),
    ...preloadProblems(args),
  ];
  return unique(problems);
}

/** The sandbox's names for arguments of its parts: the first prefix that matches a path is replaced. */
type Names = readonly (readonly [theirs: Path, ours: (rest: Path) => Path])[];

const ciliumNames: Names = [
  [["values"], (rest) => ["ciliumValues", ...rest]],
  [["replaceKubeProxy"], () => ["kubeProxy"]],
];

const linkerdNames: Names = [
  [["values"], (rest) => ["linkerdValues", ...rest]],
  [["trustAnchors"], anchorName],
  [["issuer", "signedBy"], () => ["certificates", "signedBy"]],
  [["issuer", "validityHours"], () => ["certificates", "issuerHours"]],
  [["issuer", "earlyRenewalHours"], () => ["certificates", "issuerRenewalHours"]],
];

function anchorName([index, member]: Path): Path {
  if (member === "validityHours") return ["certificates", "trustAnchorHours"];
  return ["certificates", "generations", ...(index === undefined ? [] : [index])];
}

const kubeProxyWords: KubeProxyWords = (replaced) =>
  replaced === undefined ? "kubeProxy" : `kubeProxy: "${replaced ? KubeProxyMode.None : KubeProxyMode.Iptables}"`;

/** Translates a problem's paths to the sandbox's argument names. */
function renamed(names: Names): (problem: Problem) => Problem {
  const inOurs = (path: Path): Path => {
    const known = names.find(([theirs]) => theirs.every((part, index) => path[index] === part));
    return known === undefined ? path : known[1](path.slice(known[0].length));
  };
  return ({ path = [], related, ...problem }) => ({
    ...problem,
    path: inOurs(path),
    ...(related !== undefined && { related: related.map(inOurs) }),
  });
}

function portsProblems(ports: readonly number[] | undefined): Problem[] {
  if (ports?.length === 0)
    return [
      {
        code: "empty",
        path: ["allowedPorts"],
        message: "the list is empty, so the client would have nothing to call",
        fix: "name one, e.g. 9898",
      },
    ];
  return (ports ?? []).flatMap((port, index) => portProblems(["allowedPorts", index], port));
}

function preloadProblems({ preloadedImages = [], artifacts }: SandboxArgs): Problem[] {
  if (preloadedImages.length === 0) return [];
  const problems = preloadedImages.flatMap((image, index): Problem[] => {
    const { tag, digest } = parseImageReference(image);
    if (tag !== undefined && digest === undefined) return [];
    return [
      {
        code: "invalid-image",
        path: ["preloadedImages", index],
        message: `"${image}" ${digest === undefined ? "has no tag" : "has a digest, which loaded images do not keep"}`,
        fix: "name it with its tag alone, e.g. ghcr.io/stefanprodan/podinfo:6.14.1",
      },
    ];
  });
  if (usesDigests(artifacts)) {
    problems.push({
      code: "conflict",
      path: ["artifacts", "images", "digests"],
      related: [["preloadedImages"]],
      message: "the charts request images by digest, so those in preloadedImages would not be found",
      fix: "set it to false",
    });
  }
  return problems;
}

/** Parts that share an argument, such as the sources of charts, report it once. */
function unique(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify([problem.path, problem.message]);
    return !seen.has(key) && seen.add(key);
  });
}
