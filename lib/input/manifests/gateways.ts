import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";

/** What Cilium's own proxy serves to the outside: Gateways and Ingresses of its class. To the pods behind it, the proxy is the peer `ingress`. */
export interface Gateways {
  /** The Gateways and Ingresses of its class: `Gateway edge/public`. */
  served: readonly string[];
  /** The host names that it serves, including wildcards such as `*.example.com`. */
  hosts: readonly string[];
  routes: readonly GatewayRoute[];
}

/** A Service that a route forwards to. */
export interface GatewayRoute {
  /** `HTTPRoute site/abc` */
  object: string;
  file: string;
  line?: number | undefined;
  /** The Service's namespace and name. */
  namespace: string;
  name: string;
  /** The Service's port, by number or name. Absent: all ports. */
  port?: number | string | undefined;
}

/** The name of Cilium's own class, and the controllers of its other classes. */
const CLASS = "cilium";
const CONTROLLERS = ["io.cilium/gateway-controller", "cilium.io/ingress-controller"];
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";
const gatewayApi = "gateway.networking.k8s.io";
const routeKinds = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];

/** Whether a route is for Gateways alone, so that Linkerd ignores it. */
export function isForGateways(spec: unknown): boolean {
  const parents = memberAt(spec, ["parentRefs"]);
  return (Array.isArray(parents) ? parents : []).every((parent) =>
    [undefined, "Gateway"].includes(memberAt(parent, ["kind"]) as string),
  );
}

/** What Cilium's proxy serves of some objects. Undefined if that is nothing. */
export function gatewaysOf(objects: readonly KubernetesObject[], defaultNamespace: string): Gateways | undefined {
  const namespaceOf = ({ namespace = defaultNamespace }: KubernetesObject) => namespace;
  const classes = new Map(objects.filter(isClass).map((object) => [`${object.kind} ${object.name}`, object]));
  const isOurs = (kind: string, name: unknown): boolean => {
    const known = classes.get(`${kind} ${String(name)}`);
    return known === undefined ? name === CLASS : CONTROLLERS.includes(controllerOf(known));
  };
  const gateways = objects.filter(
    (object) =>
      isOf(object, gatewayApi, ["Gateway"]) &&
      isOurs("GatewayClass", memberAt(object.value, ["spec", "gatewayClassName"])),
  );
  const isDefault = [...classes.values()].some(
    (one) =>
      one.kind === "IngressClass" &&
      CONTROLLERS.includes(controllerOf(one)) &&
      memberAt(one.value, ["metadata", "annotations", DEFAULT_ANNOTATION]) === "true",
  );
  const ingresses = objects.filter((object) => {
    if (!isOf(object, "networking.k8s.io", ["Ingress"])) return false;
    const className =
      memberAt(object.value, ["metadata", "annotations", CLASS_ANNOTATION]) ??
      memberAt(object.value, ["spec", "ingressClassName"]);
    return className === undefined || className === "" ? isDefault : isOurs("IngressClass", className);
  });
  const names = new Set(gateways.map((gateway) => `${namespaceOf(gateway)}/${gateway.name}`));
  const routes = objects.filter(
    (object) =>
      isOf(object, gatewayApi, routeKinds) &&
      records(memberAt(object.value, ["spec", "parentRefs"])).some(({ namespace = namespaceOf(object), name }) =>
        names.has(`${String(namespace)}/${String(name)}`),
      ),
  );
  const served = [...gateways, ...ingresses];
  if (served.length === 0) return undefined;
  const hosts = [
    ...gateways.flatMap(({ value }) => records(memberAt(value, ["spec", "listeners"])).map(({ hostname }) => hostname)),
    ...routes.flatMap(({ value }) => texts(memberAt(value, ["spec", "hostnames"]))),
    ...ingresses.flatMap(({ value }) => records(memberAt(value, ["spec", "rules"])).map(({ host }) => host)),
  ];
  return {
    served: served.map((object) => describeObject({ ...object, namespace: namespaceOf(object) })),
    hosts: [...new Set(hosts.filter((host): host is string => typeof host === "string" && host !== ""))].sort(),
    routes: [
      ...routes.flatMap((object) => backendsOfRoute(object, namespaceOf(object))),
      ...ingresses.flatMap((object) => backendsOfIngress(object, namespaceOf(object))),
    ],
  };
}

/** Whether a served host name matches a name in a policy, directly or by a pattern. */
export function serves(hosts: readonly string[], name: string): boolean {
  return hosts.some((host) => {
    if (!host.startsWith("*.")) return host.toLowerCase() === name.toLowerCase();
    return name.toLowerCase().endsWith(host.slice(1).toLowerCase());
  });
}

function isOf({ apiVersion, kind }: KubernetesObject, group: string, kinds: readonly string[]): boolean {
  return groupOf(apiVersion) === group && kinds.includes(kind);
}

const isClass = (object: KubernetesObject) =>
  isOf(object, gatewayApi, ["GatewayClass"]) || isOf(object, "networking.k8s.io", ["IngressClass"]);
const controllerOf = ({ value }: KubernetesObject): string =>
  String(memberAt(value, ["spec", "controllerName"]) ?? memberAt(value, ["spec", "controller"]));

function backendsOfRoute(object: KubernetesObject, own: string): GatewayRoute[] {
  return records(memberAt(object.value, ["spec", "rules"]))
    .flatMap(({ backendRefs }) => records(backendRefs))
    .filter(({ kind = "Service" }) => kind === "Service")
    .flatMap(({ name, namespace = own, port }) => routeTo(object, own, { name, namespace, port }));
}

function backendsOfIngress(object: KubernetesObject, own: string): GatewayRoute[] {
  const paths = records(memberAt(object.value, ["spec", "rules"])).flatMap(({ http }) =>
    records(isRecord(http) ? http.paths : undefined).map(({ backend }) => backend),
  );
  return [...paths, memberAt(object.value, ["spec", "defaultBackend"])].flatMap((backend) => {
    const service = isRecord(backend) && isRecord(backend.service) ? backend.service : undefined;
    const port = isRecord(service?.port) ? (service.port.number ?? service.port.name) : undefined;
    return service === undefined ? [] : routeTo(object, own, { name: service.name, namespace: own, port });
  });
}

function routeTo(
  object: KubernetesObject,
  own: string,
  { name, namespace, port }: { name: unknown; namespace: unknown; port: unknown },
): GatewayRoute[] {
  if (typeof name !== "string" || typeof namespace !== "string") return [];
  const { file, position } = object.document;
  return [
    {
      object: describeObject({ ...object, namespace: own }),
      file,
      line: position([]).line,
      namespace,
      name,
      ...((typeof port === "number" || typeof port === "string") && { port }),
    },
  ];
}

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
