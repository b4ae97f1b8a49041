import { DEFAULT_POLICIES, parseDefaultPolicy } from "../../linkerd/api/default-policy";
import { DEFAULT_POLICY_ANNOTATION, INBOUND_ANNOTATIONS } from "../../linkerd/policy/workload";

const MOVED_PORTS = [
  ["inbound", 4143],
  ["admin", 4191],
  ["control", 4190],
] as const;

/** Reports the injector's annotations that are not evaluated, or that it ignores itself. */
export function unevaluatedSettings(
  effective: (name: string) => string | undefined,
): { name: string; message: string }[] {
  const moved = MOVED_PORTS.flatMap(([which, port]) => {
    const name = `config.linkerd.io/${which}-port`;
    const configured = effective(name);
    if (configured === undefined || configured === String(port)) return [];
    return [
      { name, message: `${name} moves the proxy's port to ${configured}, which is not evaluated; ${port} is taken` },
    ];
  });
  const policy = effective(DEFAULT_POLICY_ANNOTATION);
  if (policy === undefined || parseDefaultPolicy(policy) !== undefined) return moved;
  const message = `"${policy}" is not a default policy, so Linkerd takes the cluster's; those are ${DEFAULT_POLICIES.join(", ")}`;
  return [...moved, { name: DEFAULT_POLICY_ANNOTATION, message }];
}

/** The annotations for ports and policies in which a namespace differs from a pod that was injected earlier. */
export function outdatedSettings(
  own: Readonly<Record<string, string>>,
  ofNamespace: Readonly<Record<string, string>>,
): string[] {
  const deciding = [
    ...INBOUND_ANNOTATIONS,
    "config.linkerd.io/skip-inbound-ports",
    "config.linkerd.io/skip-outbound-ports",
  ];
  return deciding.filter((name) => ofNamespace[name] !== undefined && ofNamespace[name] !== own[name]);
}
