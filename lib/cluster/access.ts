/** What one has to be allowed to do, as a rule of a Role or ClusterRole says it. */
export interface AccessRule {
  /** `""` is the core group. */
  apiGroups: string[];
  /** With the subresource: `pods/exec`. */
  resources: string[];
  verbs: string[];
  /** Only these objects. */
  resourceNames?: string[];
  /** Where. Absent: the whole cluster, which takes a ClusterRole. */
  namespace?: string;
}

/** Something that was not read or not done, and what it would have taken. */
export interface Missing {
  /** For people: `the DaemonSets of kube-system`. */
  what: string;
  why: string;
  /** Where a right is missing. */
  rule?: AccessRule;
}

/** The rule as it stands under `rules:` of a Role. */
export function ruleYaml({ apiGroups, resources, verbs, resourceNames }: AccessRule): string {
  const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
  return [
    `- apiGroups: ${list(apiGroups)}`,
    `  resources: ${list(resources)}`,
    ...(resourceNames === undefined ? [] : [`  resourceNames: ${list(resourceNames)}`]),
    `  verbs: ${list(verbs)}`,
  ].join("\n");
}

/** `add to a Role in shop: …` */
export function grantAdvice(rule: AccessRule): string {
  const role =
    rule.namespace === undefined ? "a ClusterRole of yours" : `a Role of yours in namespace ${rule.namespace}`;
  return `add to ${role}:\n${ruleYaml(rule)}`;
}
