import { isAbsolute } from "node:path";
import { parseImageReference } from "../../artifacts/image-reference";
import type { Path, Problem } from "../../common/problem";
import { minorOf } from "../../common/version-range";
import { pinned, supportedKubernetesMinors } from "../../common/versions";
import { cidrProblems, cidrsOverlap, ipAddressProblems, portProblems } from "../../kubernetes/network";
import type { KindClusterArgs } from "./args";
import type { ClusterPlan } from "./cluster-config";
import { clusterNameOf, clusterNameProblems } from "./cluster-name";
import { clusterPlan, nodeImageOf } from "./cluster-plan";

/** @param name The component's name. */
export function kindClusterProblems(name: string, args: KindClusterArgs): Problem[] {
  const plan = clusterPlan(args);
  return [
    ...clusterNameProblems(clusterNameOf(name, args), args),
    ...(args.allowUnsupportedVersions ? [] : kubernetesProblems(nodeImageOf(args))),
    ...nodeCountProblems(["controlPlanes"], plan.controlPlanes, 1),
    ...nodeCountProblems(["workers"], plan.workers, 0),
    ...networkProblems(plan),
    ...portMappingProblems(plan),
    ...mountProblems(plan),
    ...plan.kubeadmConfigPatches.flatMap((patch, index) =>
      /^kind:\s*\S/m.test(patch)
        ? []
        : [
            {
              code: "invalid-value",
              path: ["kubeadmConfigPatches", index],
              message: "the patch does not say which object it patches",
              fix: "begin it with its kind, e.g. kind: KubeletConfiguration",
            },
          ],
    ),
  ];
}

function kubernetesProblems(nodeImage: string): Problem[] {
  const { tag } = parseImageReference(nodeImage);
  const minor = tag === undefined ? undefined : minorOf(tag);
  if (minor !== undefined && (supportedKubernetesMinors as readonly string[]).includes(minor)) return [];
  const range = `${supportedKubernetesMinors[0]} to ${supportedKubernetesMinors.at(-1)}`;
  return [
    {
      code: "unsupported-version",
      path: ["nodeImage"],
      message:
        minor === undefined
          ? `the tag of "${nodeImage}" does not say which Kubernetes it holds`
          : `"${nodeImage}" holds Kubernetes ${minor}, outside ${range}, which both Cilium and Linkerd support`,
      fix: `leave it out for ${pinned.kindNode.tag}, or set allowUnsupportedVersions if you know that it works`,
    },
  ];
}

function nodeCountProblems(where: Path, count: number, least: number): Problem[] {
  if (Number.isInteger(count) && count >= least) return [];
  return [
    {
      code: "invalid-number",
      path: where,
      message: `${count} is not a number of nodes`,
      fix: `use a whole number, ${least} or more`,
    },
  ];
}

function networkProblems(plan: ClusterPlan): Problem[] {
  const problems = [
    ...cidrProblems(["podSubnet"], plan.podSubnet),
    ...cidrProblems(["serviceSubnet"], plan.serviceSubnet),
  ];
  if (problems.length === 0 && cidrsOverlap(plan.podSubnet, plan.serviceSubnet)) {
    problems.push({
      code: "overlap",
      path: ["serviceSubnet"],
      related: [["podSubnet"]],
      message: `${plan.serviceSubnet} overlaps podSubnet ${plan.podSubnet}`,
      fix: "choose ranges that share no address",
    });
  }
  if (plan.apiServerAddress !== undefined)
    problems.push(...ipAddressProblems(["apiServerAddress"], plan.apiServerAddress));
  if (plan.apiServerPort !== undefined) problems.push(...portProblems(["apiServerPort"], plan.apiServerPort));
  return problems;
}

function portMappingProblems(plan: ClusterPlan): Problem[] {
  const taken = new Map<string, number>();
  return plan.portMappings.flatMap((mapping, index) => {
    const where = ["portMappings", index];
    const problems = [
      ...portProblems([...where, "containerPort"], mapping.containerPort),
      ...portProblems([...where, "hostPort"], mapping.hostPort),
      ...(mapping.listenAddress === undefined
        ? []
        : ipAddressProblems([...where, "listenAddress"], mapping.listenAddress)),
    ];
    const key = `${mapping.listenAddress ?? "127.0.0.1"}:${mapping.hostPort}/${mapping.protocol ?? "TCP"}`;
    const first = taken.get(key);
    if (first !== undefined) {
      problems.push({
        code: "duplicate",
        path: [...where, "hostPort"],
        message: `${key} is published by portMappings[${first}] already`,
        fix: "choose another port",
      });
    }
    taken.set(key, index);
    return problems;
  });
}

function mountProblems(plan: ClusterPlan): Problem[] {
  const paths = [
    ...plan.registryMirrors.map(({ hostsFolder }, index) => ({
      where: ["registryMirrors", index, "hostsFolder"],
      path: hostsFolder,
    })),
    ...plan.mounts.flatMap(({ hostPath, containerPath }, index) => [
      { where: ["mounts", index, "hostPath"], path: hostPath },
      { where: ["mounts", index, "containerPath"], path: containerPath },
    ]),
  ];
  return paths
    .filter(({ path }) => !isAbsolute(path))
    .map(({ where, path }) => ({
      code: "invalid-path",
      path: where,
      message: `"${path}" is a relative path, which Docker would take for the name of a volume`,
      fix: "write it from the root, e.g. with path.resolve()",
    }));
}
