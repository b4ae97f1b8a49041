import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { LinkerdManifest } from "../../linkerd/model";
import { buildOrFail } from "../shared/build-or-fail";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";

/**
 * The API server answers at once; while Linkerd's CRDs are new, the provider retries for about a minute until it knows them. Without this limit it
 * would wait ten minutes for a kind that never appears.
 */
const customTimeouts = { create: "2m", update: "2m" };

/** Creates an object of Linkerd's authorization as a child of `parent`. */
export function createLinkerdObject(
  name: string,
  { apiVersion, kind, metadata, spec }: LinkerdManifest,
  parent: pulumi.Resource,
  dependsOn: readonly pulumi.Resource[] = [],
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    { apiVersion, kind, metadata, spec },
    { parent, customTimeouts, dependsOn: [...dependsOn] },
  );
}

/** Checks and creates the only object of a component. */
export function createOnly(component: pulumi.ComponentResource, name: string, build: () => LinkerdManifest) {
  requireKubernetesProvider(component);
  const manifest = buildOrFail(component, build);
  return { manifest, object: createLinkerdObject(name, manifest, component) };
}

/** What Linkerd's objects wait for: a `Linkerd` of the same program, whose charts install their CRDs and whose webhook checks them. */
export function linkerdResource(linkerd: unknown): pulumi.Resource[] {
  return pulumi.Resource.isInstance(linkerd) ? [linkerd] : [];
}

/** The Linkerd objects of a fence, by kind. */
export interface LinkerdObjects {
  /** Servers. */
  servers: k8s.apiextensions.CustomResource[];
  /** HTTPRoutes and GRPCRoutes. */
  routes: k8s.apiextensions.CustomResource[];
  /** AuthorizationPolicies. */
  authorizationPolicies: k8s.apiextensions.CustomResource[];
  /** MeshTLSAuthentications and NetworkAuthentications. */
  authentications: k8s.apiextensions.CustomResource[];
}

/**
 * Creates objects in an order that never refuses a client which they admit in the end: authentications, then AuthorizationPolicies, then routes, and
 * last the Servers, which close their ports. Pulumi deletes in reverse order, so that ports open before their authorizations go.
 *
 * @param nameOf Returns the resource's name.
 */
export function createLinkerdObjects(
  manifests: readonly LinkerdManifest[],
  nameOf: (manifest: LinkerdManifest) => string,
  parent: pulumi.Resource,
  dependsOn: readonly pulumi.Resource[],
): LinkerdObjects {
  const known = new Map<string, pulumi.Resource[]>();
  const create = (kinds: readonly string[], needs: (manifest: LinkerdManifest) => string[], unlocks?: Unlocks) =>
    manifests
      .filter(({ kind }) => kinds.includes(kind))
      .map((manifest) => {
        const first = needs(manifest).flatMap((id) => known.get(id) ?? []);
        const made = createLinkerdObject(nameOf(manifest), manifest, parent, [...dependsOn, ...first]);
        for (const id of [idOf(manifest), ...(unlocks?.(manifest) ?? [])])
          known.set(id, [...(known.get(id) ?? []), made]);
        return made;
      });
  const { namespaced, targetOf, parentsOf, requiredBy } = references;
  const authentications = create(["MeshTLSAuthentication", "NetworkAuthentication"], () => []);
  const authorizationPolicies = create(["AuthorizationPolicy"], requiredBy, (policy) => [`for ${targetOf(policy)}`]);
  const routes = create(
    ["HTTPRoute", "GRPCRoute"],
    (route) => [`for ${namespaced(route, route.kind, route.metadata.name)}`],
    (route) => parentsOf(route).map((server) => `for ${server}`),
  );
  const servers = create(["Server"], (server) => [`for ${idOf(server)}`]);
  return { servers, routes, authorizationPolicies, authentications };
}

type Unlocks = (manifest: LinkerdManifest) => string[];

const idOf = ({ kind, metadata }: LinkerdManifest) => `${kind} ${metadata.namespace}/${metadata.name}`;

interface Reference {
  kind: string;
  name: string;
}

/** The objects that an object refers to, as `Kind namespace/name`. All of them are in its own namespace. */
const references = {
  namespaced: ({ metadata }: LinkerdManifest, kind: string, name: string) => `${kind} ${metadata.namespace}/${name}`,
  targetOf(policy: LinkerdManifest): string {
    const { targetRef } = policy.spec as { targetRef: Reference };
    return references.namespaced(policy, targetRef.kind, targetRef.name);
  },
  requiredBy(policy: LinkerdManifest): string[] {
    const { requiredAuthenticationRefs: required } = policy.spec as { requiredAuthenticationRefs: Reference[] };
    return required.map(({ kind, name }) => references.namespaced(policy, kind, name));
  },
  parentsOf(route: LinkerdManifest): string[] {
    const { parentRefs } = route.spec as { parentRefs: Reference[] };
    return parentRefs.map(({ kind, name }) => references.namespaced(route, kind, name));
  },
};
