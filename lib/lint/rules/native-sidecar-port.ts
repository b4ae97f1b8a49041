import { type LintRule, Severity } from "../finding";
import { meshNames, namedPorts } from "../rule-ports";

export const nativeSidecarPort: LintRule = {
  id: "native-sidecar-port",
  severity: Severity.Error,
  scope: "policy",
  title: "A port of Linkerd's proxy, by name",
  why:
    "By default (proxy.nativeSidecar, since edge-26.5.2) Linkerd's proxy is a native sidecar, that is an init container, and Cilium only reads the ports " +
    "of `spec.containers`. To Cilium, `linkerd-proxy` and `linkerd-admin` do not exist.",
  fix: "Write the number: 4143 for linkerd-proxy, 4191 for linkerd-admin.",
  kubernetes: { fix: "Write the number: 4143 for linkerd-proxy, 4191 for linkerd-admin." },
  *check({ items }) {
    for (const item of items)
      for (const { name, path } of namedPorts(item)) {
        const number = meshNames.get(name);
        if (number === undefined) continue;
        const message = `"${name}" is a port of a native sidecar, which Cilium does not see, so this matches nothing`;
        yield { policy: item.of.policy, path, data: { port: name }, message, fix: `Write "${number}".` };
      }
  },
};
