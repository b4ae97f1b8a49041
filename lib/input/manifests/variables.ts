import { isPeerField } from "../../cilium/api/peer-lists";
import type { Path } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import { canonical } from "../../kubernetes/schema/list-types";
import { policyKind } from "../../linkerd/api/object";
import { isForGateways } from "./gateways";
import { undecidedAuthorization } from "./linkerd-variables";
import {
  describeObject,
  groupOf,
  type KubernetesObject,
  policyKinds,
  templatePath,
  type UndecidedPart,
} from "./objects";
import { hasPlaceholder, isPlaceholderName, placeholdersIn, placeholderWords, withDefaults } from "./placeholders";
import { isRecord, memberAt } from "./shape";
import { policyTypesOf, widened } from "./widened";

/**
 * An object of which some values are known only to whoever fills placeholders in. A variable that has a default has it. Of a policy, what depends
 * on the others is parted from the rest, which is decided: a peer, a port or a rule, or all of it where a placeholder is in what it selects. It
 * stands in `undecided`, as wide as it may be.
 *
 * @returns nothing in the place of `object` where nothing of it can be decided
 */
export function withoutVariables(object: KubernetesObject): { object?: KubernetesObject; unseen?: Unseen } {
  if (!hasPlaceholder(object.value) || isFinalText(object)) return { object };
  const value = withDefaults(object.value) as Record<string, unknown>;
  const document = { ...object.document, value };
  const known: KubernetesObject = { ...object, value, document };
  if (!hasPlaceholder(value)) return { object: known };
  const unseen = (what: string, of: unknown): Unseen => ({
    file: document.file,
    line: document.position(firstMention(value, new Set(placeholdersIn(of))) ?? []).line,
    object: describeObject(object),
    reason: `${what} on ${placeholdersIn(of).join(", ")}, which is not known`,
    fix: "Give what is applied: the output of `flux build`, of `envsubst`, or the values in a ConfigMap",
  });
  if (policyKind(value) !== undefined) {
    const { object: part, isWhole } = withoutHostnames(known);
    if (hasPlaceholder(part.value.spec) || hasPlaceholder([object.name, object.namespace])) {
      const kept = undecidedAuthorization(part);
      return { ...(kept && { object: kept }), unseen: unseen("what it says depends", value) };
    }
    return { object: part, ...(!isWhole && { unseen: unseen("a part of it depends", value) }) };
  }
  if (isClusterNetworkPolicy(object)) {
    const { spec, ...others } = value;
    if (!hasPlaceholder(spec)) return { object: known };
    const undecided = [
      {
        path: ["spec"],
        spec: isRecord(spec) ? spec : {},
        missing: placeholderWords(spec),
        written: canonical(spec),
        isWhole: true,
      },
    ];
    const made = { ...known, value: others, document: { ...document, value: others }, undecided };
    return { object: made, unseen: unseen("what it says depends", spec) };
  }
  if (isCiliumPolicy(object) || isKubernetesPolicy(object)) return policyWithout(known, unseen);
  const decisive = decisiveIn(object.kind, value);
  if (decisive === undefined) return { object: known };
  if (hasPlaceholder([object.name, object.namespace])) return { unseen: unseen("what it is called depends", value) };
  return {
    object: known,
    ...(hasPlaceholder(decisive) && {
      unseen: { ...unseen("what others know it by depends", decisive), ...podsOf(object) },
    }),
  };
}

/** Whether what looks like a variable is text, which the API server takes or refuses as such: it refuses it in labels, addresses and ports. */
const isFinalText = (object: KubernetesObject): boolean =>
  object.document.isFinal === true &&
  (isCiliumPolicy(object) ||
    isKubernetesPolicy(object) ||
    isClusterNetworkPolicy(object) ||
    object.kind === "CiliumCIDRGroup" ||
    policyKind(object.value) !== undefined);

/** A policy with what is known of it for its spec, and the rest beside it. */
function policyWithout(
  object: KubernetesObject,
  unseen: (what: string, of: unknown) => Unseen,
): { object: KubernetesObject; unseen?: Unseen } {
  const { value, namespace, document } = object;
  const isKubernetes = isKubernetesPolicy(object);
  const hasSpecs = Array.isArray(value.specs);
  const rules = [
    ...(value.spec === undefined && hasSpecs ? [] : [{ path: ["spec"] as Path, spec: value.spec }]),
    ...(hasSpecs ? (value.specs as unknown[]) : []).map((spec, index) => ({ path: ["specs", index] as Path, spec })),
  ].map((rule) => ({ ...rule, spec: withoutWords(rule.spec) }));
  const isAnywhere = isPlaceholderName(namespace);
  const parts = rules.map(({ path, spec }) => ({
    path,
    spec,
    known: isAnywhere ? undefined : decided(spec, isKubernetes),
    isTouched: isAnywhere || hasPlaceholder(spec),
  }));
  const undecided = parts
    .filter(({ isTouched }) => isTouched)
    .flatMap(({ path, spec, known }): UndecidedPart[] => {
      const isWhole = known === undefined;
      const sure = isWhole && !isAnywhere ? knownRules(spec) : undefined;
      // Each rule hangs on its own values alone.
      const apart = [
        ...(sure === undefined ? [] : [sure]),
        ...(sure === undefined && isWhole ? [spec] : rulesApart(spec)),
      ];
      return apart.map((one) => ({
        path,
        spec: widened(one, isKubernetes, isWhole),
        missing: placeholderWords(isAnywhere ? [namespace, one] : one),
        written: canonical([namespace, one]),
        ...(isWhole && { isWhole }),
        ...(one === sure && { isSure: true }),
        ...(isAnywhere && { isAnywhere }),
      }));
    });
  const spec = parts.find(({ path }) => path.length === 1)?.known;
  const specs = parts.filter(({ path, known }) => path.length === 2 && known !== undefined).map(({ known }) => known);
  const { spec: _, specs: __, ...others } = value;
  const rest = { ...others, ...(spec !== undefined && { spec }), ...(specs.length > 0 && { specs }) };
  const made = { ...object, value: rest, document: { ...document, value: rest } };
  if (undecided.length === 0) return { object: made };
  const words = isAnywhere
    ? "what it is called depends"
    : undecided.some(({ isWhole }) => isWhole)
      ? "whom it selects depends"
      : "a part of it depends";
  return {
    object: { ...made, undecided },
    unseen: unseen(words, [namespace, ...undecided.map(({ path }) => memberAt(value, path))]),
  };
}

/** Whose pods may be others than they seem, so that nothing is said of what selects none. */
function podsOf({ kind, name, namespace }: KubernetesObject): Pick<Unseen, "pods"> {
  if (kind === "Namespace") return { pods: [name] };
  return templatePath[kind] === undefined ? {} : { pods: [namespace ?? "default"] };
}

/** Where one of some placeholders stands first. */
function firstMention(value: unknown, names: ReadonlySet<string>, path: Path = []): Path | undefined {
  if (typeof value === "string") return placeholdersIn(value).some((name) => names.has(name)) ? path : undefined;
  if (!isRecord(value) && !Array.isArray(value)) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (placeholdersIn(key).some((name) => names.has(name))) return at;
    const found = firstMention(member, names, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ruleLists = ["ingress", "egress", "ingressDeny", "egressDeny"];

/** A spec once for each rule of it that has a placeholder, with that rule alone. */
function rulesApart(spec: unknown): unknown[] {
  if (!isRecord(spec)) return [];
  const others = Object.fromEntries(Object.entries(spec).filter(([key]) => !ruleLists.includes(key)));
  return ruleLists.flatMap((list) => {
    const rules = spec[list];
    return Array.isArray(rules) ? rules.filter(hasPlaceholder).map((rule) => ({ ...others, [list]: [rule] })) : [];
  });
}

/** A spec with those of its rules that have no placeholder; undefined where more than its selector hangs on one. */
function knownRules(spec: unknown): Record<string, unknown> | undefined {
  if (!isRecord(spec)) return undefined;
  const { endpointSelector: _, podSelector: __, nodeSelector: ___, ...rest } = spec;
  const others = Object.entries(rest).filter(([key]) => !ruleLists.includes(key));
  if (hasPlaceholder(others.map(([, value]) => value))) return undefined;
  const kept = ruleLists.flatMap((list) => {
    const rules = spec[list];
    return Array.isArray(rules) ? [[list, rules.filter((rule) => !hasPlaceholder(rule))] as const] : [];
  });
  return { ...spec, ...Object.fromEntries(kept) };
}

/** Without what nothing is decided by. */
function withoutWords(spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  const { description: _, labels: __, ...rest } = spec;
  return hasPlaceholder([spec.description, spec.labels]) ? rest : spec;
}

/**
 * A route without host names that are not known. To a Gateway they only say which requests are its own; to Linkerd they decide, so that one which
 * is about a Server or a Service is not whole without them.
 */
function withoutHostnames(object: KubernetesObject): { object: KubernetesObject; isWhole: boolean } {
  const { value, document } = object;
  const { spec } = value;
  if (!isRecord(spec) || !hasPlaceholder(spec.hostnames)) return { object, isWhole: true };
  const { hostnames: _, ...rest } = spec;
  const kept = { ...value, spec: rest };
  return { object: { ...object, value: kept, document: { ...document, value: kept } }, isWhole: isForGateways(spec) };
}

/** What of an object decides who can talk to whom; undefined of a kind of which nothing does. */
function decisiveIn(kind: string, value: unknown): unknown[] | undefined {
  if (kind === "Service")
    return [
      memberAt(value, ["spec", "selector"]),
      memberAt(value, ["spec", "ports"]),
      memberAt(value, ["metadata", "labels"]),
      ...linkerdsAnnotations(value),
    ];
  if (kind === "Namespace") return [memberAt(value, ["metadata", "labels"]), ...linkerdsAnnotations(value)];
  if (kind === "Endpoints") return [memberAt(value, ["subsets"])];
  if (kind === "EndpointSlice") return [memberAt(value, ["endpoints"]), memberAt(value, ["ports"])];
  if (kind === "Node") return [memberAt(value, ["metadata", "labels"]), memberAt(value, ["status", "addresses"])];
  if (kind === "CiliumCIDRGroup") return [memberAt(value, ["spec"]), memberAt(value, ["metadata", "labels"])];
  const path = templatePath[kind];
  if (path === undefined) return undefined;
  const template = memberAt(value, path);
  const containers = memberAt(template, ["spec", "containers"]);
  const ports = (Array.isArray(containers) ? containers : []).map((container: unknown) =>
    memberAt(container, ["ports"]),
  );
  return [
    memberAt(template, ["metadata", "labels"]),
    ...linkerdsAnnotations(template),
    memberAt(template, ["spec", "serviceAccountName"]),
    memberAt(template, ["spec", "serviceAccount"]),
    memberAt(template, ["spec", "hostNetwork"]),
    ...ports,
  ];
}

function linkerdsAnnotations(value: unknown): unknown[] {
  const annotations = memberAt(value, ["metadata", "annotations"]);
  return isRecord(annotations) ? Object.entries(annotations).filter(([key]) => key.includes("linkerd.io/")) : [];
}

const isCiliumPolicy = ({ kind }: KubernetesObject) => (policyKinds as readonly string[]).includes(kind);

const isClusterNetworkPolicy = ({ kind, apiVersion }: KubernetesObject) =>
  kind === "ClusterNetworkPolicy" && groupOf(apiVersion) === "policy.networking.k8s.io";

const isKubernetesPolicy = (object: KubernetesObject) =>
  object.kind === "NetworkPolicy" && groupOf(object.apiVersion) === "networking.k8s.io";

/** A policy's spec without what depends on a variable; undefined where that is whom it selects. */
function decided(spec: unknown, isKubernetes: boolean): unknown {
  if (!isRecord(spec) || !hasPlaceholder(spec)) return spec ?? {};
  const result: Record<string, unknown> = { ...spec };
  for (const direction of ["ingress", "egress"] as const) {
    const nobody = { [direction === "ingress" ? "fromEntities" : "toEntities"]: ["none"] };
    for (const list of [direction, `${direction}Deny`]) {
      const rules = spec[list];
      if (!Array.isArray(rules)) continue;
      const kept = rules.map((rule) => decidedRule(rule));
      // A rule for nobody keeps the places of the others, and the policy's default deny.
      result[list] = isKubernetes ? kept.filter((rule) => rule !== undefined) : kept.map((rule) => rule ?? nobody);
    }
  }
  if (isKubernetes) result.policyTypes = result.policyTypes ?? policyTypesOf(spec);
  return hasPlaceholder(result) ? undefined : result;
}

/** Lists of peers: those of Cilium's policies, and `from` and `to` of Kubernetes'. */
const isPeerList = (key: string) => key === "from" || key === "to" || isPeerField(key);

/** Undefined where nothing of the rule is known. */
function decidedRule(rule: unknown): unknown {
  if (!isRecord(rule) || !hasPlaceholder(rule)) return rule;
  const result: Record<string, unknown> = { ...rule };
  for (const [key, value] of Object.entries(rule)) {
    if (!hasPlaceholder(value)) continue;
    const kept = Array.isArray(value)
      ? key === "toPorts" || key === "ports"
        ? decidedPorts(value)
        : isPeerList(key)
          ? value.filter((item) => !hasPlaceholder(item))
          : []
      : [];
    // Without any left, the rule would be for everyone.
    if (kept.length === 0) return undefined;
    result[key] = kept;
  }
  return result;
}

function decidedPorts(entries: readonly unknown[]): unknown[] {
  return entries.flatMap((entry) => {
    if (!hasPlaceholder(entry)) return [entry];
    if (!isRecord(entry) || !Array.isArray(entry.ports)) return [];
    const { ports, rules, ...rest } = entry;
    const kept = ports.filter((port) => !hasPlaceholder(port));
    const requests = hasPlaceholder(rules) ? anyRequest(rules) : rules;
    if (kept.length === 0 || hasPlaceholder(rest) || (rules !== undefined && requests === undefined)) return [];
    return [{ ...rest, ports: kept, ...(requests !== undefined && { rules: requests }) }];
  });
}

/** Rules for Cilium's own proxy, which takes the port whatever they say: which requests it lets through is not what is known. */
function anyRequest(rules: unknown): unknown {
  if (!isRecord(rules)) return undefined;
  if (Array.isArray(rules.dns) && Object.keys(rules).length === 1)
    return { dns: rules.dns.map((rule) => (hasPlaceholder(rule) ? { matchPattern: "*" } : rule)) };
  if (!Array.isArray(rules.http) || Object.keys(rules).length !== 1) return undefined;
  return { http: rules.http.map((rule) => (hasPlaceholder(rule) ? {} : rule)) };
}
