import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../cilium/api/policy";
import { type Problem, ProblemError, problem } from "../common/problem";
import type { LinkerdManifest } from "../linkerd/model";
import type { TransportMode } from "../scenario/transport-mode";
import type { CiliumInstallation, LinkerdInstallation } from "./shared/installed";

/** What `reachabilityOf` is computed from. */
export interface ReachabilityArgs {
  /**
   * Every policy that applies to the workloads: components of meshfence, `CiliumNetworkPolicy` and `CiliumClusterwideNetworkPolicy`
   * resources (a `kubernetes.apiextensions.CustomResource`), Kubernetes' own `NetworkPolicy`, and plain manifests; the CiliumCIDRGroups
   * that they name; and Linkerd's Servers, authorizations, authentications and routes.
   */
  policies: (PolicyComponent | KubernetesObjectSource | PolicyManifest | LinkerdManifest)[];

  /**
   * Workloads, Services and Namespaces: Pulumi Kubernetes resources, or manifests with `apiVersion` and `kind`, whose values may be
   * outputs. Workloads that are not among them are missing from the answer.
   *
   * A preview only knows a resource while its cluster answers. If the same stack creates the cluster, pass the manifest that the resource is created
   * from.
   */
  objects: KubernetesObjectSource[];

  /**
   * The mesh: a `Linkerd`, or the same facts about an existing one.
   * @default a mesh with the defaults of Linkerd's chart
   */
  linkerd?: LinkerdInstallation;

  /**
   * The network: a `Cilium`, or the same facts about an existing one.
   * @default a network with the defaults of Cilium's chart
   */
  cilium?: CiliumInstallation;

  /**
   * Linkerd's `proxy.outboundTransportMode`, if `linkerd` does not give it. Matters where workloads are meshed, which the annotation
   * `linkerd.io/inject` of their pods or their Namespace says.
   * @default transport-header, as in Linkerd's chart
   */
  transportMode?: pulumi.Input<TransportMode>;

  /**
   * Whether Cilium has its L7 proxy (`l7Proxy` of its chart), if `cilium` does not give it; without it, it refuses policies with HTTP or DNS rules.
   * @default true, as in Cilium's chart
   */
  l7Proxy?: pulumi.Input<boolean>;

  /**
   * Cilium's `cluster.name`, if `cilium` does not give it.
   * @default default, as in Cilium's chart
   */
  clusterName?: pulumi.Input<string>;
}

/** A component that knows its policies: `NetworkPolicy`, `ClusterwideNetworkPolicy` or `Fence`. */
export interface PolicyComponent {
  /** Its policies. */
  readonly manifests: pulumi.Input<(PolicyManifest | LinkerdManifest)[]>;
  /** Its Linkerd objects, if it has both. */
  readonly authorizations?: pulumi.Input<LinkerdManifest[]>;
}

/** A Pulumi Kubernetes resource, or a manifest. */
export interface KubernetesObjectSource {
  /** As in YAML, e.g. `apps/v1`. */
  apiVersion: pulumi.Input<string>;
  /** As in YAML, e.g. `Deployment`. */
  kind: pulumi.Input<string>;
  /** Name, namespace, labels and annotations, in the shape that YAML has. */
  metadata?: unknown;
}

/** The settings that both an installation and an argument of its own can give, and who gives them. */
const givenTwice = [
  ["linkerd", "transportMode"],
  ["cilium", "l7Proxy"],
  ["cilium", "clusterName"],
] as const;

function argumentProblems(args: ReachabilityArgs): Problem[] {
  return givenTwice.flatMap(([installation, setting]): Problem[] => {
    if (args[installation] === undefined || args[setting] === undefined) return [];
    const message = `\`${installation}\` already sets it`;
    return [{ ...problem("conflict", [setting], message, "leave it out"), related: [[installation]] }];
  });
}

/** An error that Pulumi shows as its message alone. Its `cause` has the problems. */
function refusal(problems: readonly Problem[]): pulumi.RunError {
  const cause = new ProblemError("reachabilityOf", problems);
  return Object.assign(new pulumi.RunError(cause.message), { cause });
}

/**
 * Who can reach whom on which ports, as Cilium and Linkerd would decide: `shop/shop -> shop/database` to `TCP 5432 mTLS`. Export it from a stack, so
 * that every preview shows which edges a change opens and closes. Denied edges are left out; where everyone is allowed, the client is `anyone`. What
 * cannot be decided, and policies that Cilium would refuse, are listed with the reason.
 *
 * In a preview it is unknown if anything it depends on is; it is never a guess. Only the names, ports and HTTP probes of containers count, so an
 * environment variable that is not known yet, or is a secret, does not matter. Names and ports are not secret, so neither is the answer.
 *
 * @throws pulumi.RunError with every setting that is given twice; and, through the output, with every policy or object that cannot be read: an answer
 *   without it would be wrong.
 * @example
 * export const reachability = reachabilityOf({ policies: [fence], objects: [shop, database], cilium, linkerd });
 */
export function reachabilityOf(args: ReachabilityArgs): pulumi.Output<{ [edge: string]: string }> {
  const conflicts = argumentProblems(args);
  if (conflicts.length > 0) throw refusal(conflicts);
  const policies = args.policies.map((policy): unknown =>
    "manifests" in policy ? [policy.manifests, policy.authorizations ?? []] : [[partsOf(policy, policyParts)]],
  );
  const objects = args.objects.map((object) => partsOf(object, objectParts));
  const { cilium, linkerd } = args;
  const known = pulumi.output({
    objects,
    policies,
    transportMode: args.transportMode ?? linkerd?.transportMode,
    l7Proxy: args.l7Proxy ?? cilium?.l7Proxy,
    clusterName: args.clusterName ?? cilium?.clusterName,
  });
  return pulumi.unsecret(
    known.apply(({ objects, policies, ...cluster }) => {
      // Loaded on demand, so that programs that only use other components do not pay for it.
      const { edgesOfObjects } = require("../input/scenario/edges") as typeof import("../input/scenario/edges");
      const { edges, problems } = edgesOfObjects([...objects, ...policies.flat(2)], cluster);
      if (problems.length > 0) throw refusal(problems);
      return edges;
    }),
  );
}

/** Which parts of a value matter: all, some members, or the same parts of each item of a list. */
type Parts = true | { readonly [member: string]: Parts } | { readonly each: Parts };

const identity = { name: true, namespace: true, labels: true, annotations: true, ownerReferences: true } as const;
const probe = { httpGet: true } as const;
const probes = { livenessProbe: probe, readinessProbe: probe, startupProbe: probe } as const;
const container = { name: true, ports: true, ...probes } as const;
const pod = {
  serviceAccountName: true,
  serviceAccount: true,
  hostNetwork: true,
  containers: { each: container },
  initContainers: { each: container },
} as const;
const template = { metadata: identity, spec: pod } as const;
const head = { apiVersion: true, kind: true, metadata: identity } as const;
const policyParts: Parts = { ...head, spec: true, specs: true };
/** The parts of workloads, pods and Services together, since the kind may be an output. */
const objectParts: Parts = {
  ...head,
  spec: { ...pod, template, jobTemplate: { spec: { template } }, selector: true, ports: true },
};

/**
 * The parts of a value that matter, also inside outputs. Members of an output are read with Pulumi's lifted access, which knows one
 * member even if another is unknown.
 */
function partsOf(value: unknown, parts: Parts): unknown {
  if (parts === true || value === undefined || value === null) return value;
  if ("each" in parts) {
    const { each } = parts;
    if (Array.isArray(value)) return value.map((item) => partsOf(item, each as Parts));
    return pulumi.output(value).apply((items: unknown) => (Array.isArray(items) ? partsOf(items, parts) : items));
  }
  const members = pulumi.Output.isInstance(value) || !(value instanceof Promise) ? value : pulumi.output(value);
  if (typeof members !== "object" && typeof members !== "function") return members;
  const taken = Object.entries(parts).map(([name, inner]) => [
    name,
    partsOf((members as { [member: string]: unknown })[name], inner),
  ]);
  return Object.fromEntries(taken);
}
