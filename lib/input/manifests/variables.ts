import { isPeerField } from "../../cilium/api/peer-lists";
import type { Path } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import { canonical } from "../../kubernetes/schema/list-types";
import { policyKind } from "../../linkerd/api/object";
import { isForGateways } from "./gateways";
import { groupOf, policyKinds, templatePath } from "./kinds";
import { undecidedAuthorization } from "./linkerd-variables";
import { describeObject, type KubernetesObject, type UndecidedPart } from "./objects";
import { hasPlaceholder, isPlaceholderName, placeholdersIn, placeholderWords, withDefaults } from "./placeholders";
import { isRecord, memberAt } from "./shape";
import { policyTypesOf, widened } from "./widened";

/**
 * Removes what depends on placeholders from an object. A variable with a default gets it. The parts of a policy that depend on other placeholders
 * move to `undecided`, at their broadest, and the rest is evaluated: that may be a peer, a port, a rule, or, if a placeholder is in the subject, the
 * whole policy.
 *
 * @returns no `object` if nothing of it can be evaluated
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

/** Whether what looks like a variable is plain text. The API server refuses such text in labels, addresses and ports. */
const isFinalText = (object: KubernetesObject): boolean =>
  object.document.isFinal === true &&
  (isCiliumPolicy(object) ||
    isKubernetesPolicy(object) ||
    isClusterNetworkPolicy(object) ||
    object.kind === "CiliumCIDRGroup" ||
    policyKind(object.value) !== undefined);

/** A policy whose spec is its known part, with the rest in `undecided`. */
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
      // Each rule depends on its own values alone.
      const specs = [
        ...(sure === undefined ? [] : [sure]),
        ...(sure === undefined && isWhole ? [spec] : rulesApart(spec)),
      ];
      return specs.map((one) => ({
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

/** The namespace whose pods may differ from what they seem to be, so that no selector there is reported as selecting nothing. */
function podsOf({ kind, name, namespace }: KubernetesObject): Pick<Unseen, "pods"> {
  if (kind === "Namespace") return { pods: [name] };
  return templatePath[kind] === undefined ? {} : { pods: [namespace ?? "default"] };
}

/** The first position of any of some placeholders. */
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

/** For each rule with a placeholder, a spec with that rule alone. */
function rulesApart(spec: unknown): unknown[] {
  if (!isRecord(spec)) return [];
  const others = Object.fromEntries(Object.entries(spec).filter(([key]) => !ruleLists.includes(key)));
  return ruleLists.flatMap((list) => {
    const rules = spec[list];
    return Array.isArray(rules) ? rules.filter(hasPlaceholder).map((rule) => ({ ...others, [list]: [rule] })) : [];
  });
}

/** A spec with only its rules without placeholders. Undefined if another part than its selector has one. */
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

/** A spec without its prose, which has no effect, if that contains placeholders. */
function withoutWords(spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  const { description: _, labels: __, ...rest } = spec;
  return hasPlaceholder([spec.description, spec.labels]) ? rest : spec;
}

/**
 * A route without unknown host names. For a Gateway they only select requests. For Linkerd they matter, so a route for a Server or a Service is
 * incomplete without them.
 */
function withoutHostnames(object: KubernetesObject): { object: KubernetesObject; isWhole: boolean } {
  const { value, document } = object;
  const { spec } = value;
  if (!isRecord(spec) || !hasPlaceholder(spec.hostnames)) return { object, isWhole: true };
  const { hostnames: _, ...rest } = spec;
  const kept = { ...value, spec: rest };
  return { object: { ...object, value: kept, document: { ...document, value: kept } }, isWhole: isForGateways(spec) };
}

/** The part of an object that affects who can talk to whom. Undefined for kinds without one. */
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

/** A policy's spec without what depends on a variable. Undefined if its subject does. */
function decided(spec: unknown, isKubernetes: boolean): unknown {
  if (!isRecord(spec) || !hasPlaceholder(spec)) return spec ?? {};
  const result: Record<string, unknown> = { ...spec };
  for (const direction of ["ingress", "egress"] as const) {
    const noPeers = { [direction === "ingress" ? "fromEntities" : "toEntities"]: ["none"] };
    for (const list of [direction, `${direction}Deny`]) {
      const rules = spec[list];
      if (!Array.isArray(rules)) continue;
      const kept = rules.map((rule) => decidedRule(rule));
      // A rule that admits no one keeps the other rules' positions, and the policy's default deny.
      result[list] = isKubernetes ? kept.filter((rule) => rule !== undefined) : kept.map((rule) => rule ?? noPeers);
    }
  }
  if (isKubernetes) result.policyTypes = result.policyTypes ?? policyTypesOf(spec);
  return hasPlaceholder(result) ? undefined : result;
}

/** The lists of peers in Cilium's policies, and `from` and `to` in Kubernetes'. */
const isPeerList = (key: string) => key === "from" || key === "to" || isPeerField(key);

/** A rule without what depends on a variable. Undefined if nothing of it is known. */
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
    // An empty list would admit everyone.
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

/** Rules for Cilium's own proxy, at their broadest. The proxy handles the port in any case: only the requests that it allows are unknown. */
function anyRequest(rules: unknown): unknown {
  if (!isRecord(rules)) return undefined;
  if (Array.isArray(rules.dns) && Object.keys(rules).length === 1)
    return { dns: rules.dns.map((rule) => (hasPlaceholder(rule) ? { matchPattern: "*" } : rule)) };
  if (!Array.isArray(rules.http) || Object.keys(rules).length !== 1) return undefined;
  return { http: rules.http.map((rule) => (hasPlaceholder(rule) ? {} : rule)) };
}
