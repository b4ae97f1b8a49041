/** A permission, as a rule of a Role or ClusterRole grants it. */
export interface AccessRule {
  /** `""` is the core group. */
  apiGroups: string[];
  /** With the subresource: `pods/exec`. */
  resources: string[];
  verbs: string[];
  /** Only these objects. */
  resourceNames?: string[];
  /** The namespace. Absent: the whole cluster, which takes a ClusterRole. */
  namespace?: string;
}

/** A rule about objects of the core group. */
const core = (resource: string, verbs: string[], namespace?: string): AccessRule => ({
  apiGroups: [""],
  resources: [resource],
  verbs,
  ...(namespace !== undefined && { namespace }),
});

/** Permission to read pods. */
export const podsRule = (namespace?: string) => core("pods", ["get", "list"], namespace);

/** API servers before 1.35 ask for `create` on POST and for `get` on the GET that a WebSocket begins with; both are needed. */
export const execRule = (namespace?: string) => core("pods/exec", ["get", "create"], namespace);

/** Needs both verbs for the same reason. */
export const portForwardRule = (namespace?: string) => core("pods/portforward", ["get", "create"], namespace);

/** Permission to add a container to a running pod. */
export const probeContainerRule = (namespace?: string) => core("pods/ephemeralcontainers", ["patch"], namespace);

/** Permission to create a pod and read it. */
export const podRule = (namespace?: string) => core("pods", ["get", "create"], namespace);

/** Permission to create a namespace, and to remove it with everything in it. */
export const namespaceRule = core("namespaces", ["get", "create", "delete"]);

/** Something that was not read or done, and the permission that it needs. */
export interface Missing {
  /** For people: `the DaemonSets of kube-system`. */
  what: string;
  /** The resource in the plural, `daemonsets`, or what Cilium's agents report. */
  of: "agents" | (string & {});
  /** Absent for the cluster, or for all namespaces. */
  namespace?: string;
  why: string;
  /** The missing permission, if that is the reason. */
  rule?: AccessRule | undefined;
}

/** The rule in YAML, as an item of a Role's `rules`. */
export function ruleYaml({ apiGroups, resources, verbs, resourceNames }: AccessRule): string {
  const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
  return [
    `- apiGroups: ${list(apiGroups)}`,
    `  resources: ${list(resources)}`,
    ...(resourceNames === undefined ? [] : [`  resourceNames: ${list(resourceNames)}`]),
    `  verbs: ${list(verbs)}`,
  ].join("\n");
}

/** `add to a Role in shop: …`, for rules of one namespace, or of none. */
export function grantAdvice(rule: AccessRule, ...more: readonly AccessRule[]): string {
  const role =
    rule.namespace === undefined ? "a ClusterRole of yours" : `a Role of yours in namespace ${rule.namespace}`;
  return `add to ${role}:\n${[rule, ...more].map(ruleYaml).join("\n")}`;
}
