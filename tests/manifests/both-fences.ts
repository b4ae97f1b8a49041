import type { ManifestFile } from "../../lib/manifests";

/** Objects of the namespace `shop`, in flow style. */
const made = (version: string, kind: string, name: string, spec: string) =>
  `{apiVersion: ${version}, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`;

interface Pods {
  annotations?: string;
  /** Additional members of the container, and of the pod. */
  container?: string;
  pod?: string;
}

/** A Deployment with its own account that listens on 8080. */
export const deployment = (name: string, { annotations = "{}", container = "", pod = "" }: Pods = {}) =>
  made(
    "apps/v1",
    "Deployment",
    name,
    `{selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}, annotations: ${annotations}}, spec: {serviceAccountName: ${name}, ${pod} containers: [{name: c, image: x, ports: [{name: http, containerPort: 8080}], ${container}}]}}}`,
  );
export const unmeshed = "{linkerd.io/inject: disabled}";
export const server = (spec = "", name = "api") =>
  made("policy.linkerd.io/v1beta3", "Server", name, `{podSelector: {matchLabels: {app: api}}, port: 8080, ${spec}}`);
export const account = (name: string) => `{kind: ServiceAccount, name: ${name}}`;
export const target = (kind: string, name: string, group = "policy.linkerd.io") =>
  `{group: ${group}, kind: ${kind}, name: ${name}}`;
export const policy = (name: string, refs: string, to = target("Server", "api")) =>
  made(
    "policy.linkerd.io/v1alpha1",
    "AuthorizationPolicy",
    name,
    `{targetRef: ${to}, requiredAuthenticationRefs: [${refs}]}`,
  );
export const linkerd = (kind: string, name: string, spec: string, version = "v1alpha1") =>
  made(`policy.linkerd.io/${version}`, kind, name, spec);
export const route = (name: string, rules: string) =>
  linkerd("HTTPRoute", name, `{parentRefs: [${target("Server", "api")}], rules: [${rules}]}`, "v1beta3");
export const gateway = (kind: string, name: string, spec: string, version = "v1") =>
  made(`gateway.networking.k8s.io/${version}`, kind, name, spec);
export const cilium = (name: string, spec: string) => made("cilium.io/v2", "CiliumNetworkPolicy", name, spec);
/** A Cilium policy that restricts ingress of `api`. */
export const ingress = (rules: string) =>
  cilium("api", `{endpointSelector: {matchLabels: {app: api}}, ingress: [${rules}]}`);
export const from = (app: string, port: number) =>
  `{fromEndpoints: [{matchLabels: {app: ${app}}}], toPorts: [{ports: [{port: "${port}", protocol: TCP}]}]}`;

const namespace = (annotations = "linkerd.io/inject: enabled") =>
  `{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {${annotations}}}}`;

export interface Cluster {
  /** Annotations of the namespace. */
  namespace?: string;
  /** Replaces workloads. Default: `api`, `web` and `job` with a proxy, `plain` without. */
  workloads?: Record<string, string>;
}

/** The namespace, its workloads, and these objects, as one file. */
export function shop(
  objects: readonly string[],
  { namespace: annotations, workloads = {} }: Cluster = {},
): ManifestFile[] {
  const usual = {
    api: deployment("api"),
    web: deployment("web"),
    job: deployment("job"),
    plain: deployment("plain", { annotations: unmeshed }),
  };
  const all = [namespace(annotations), ...Object.values({ ...usual, ...workloads }), ...objects];
  return [{ file: "shop.yaml", text: `${all.join("\n---\n")}\n` }];
}
