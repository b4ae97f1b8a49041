import type { Problem } from "../common/problem";
import { isTransportMode, transportModeArgument } from "../input/manifests/settings/settings";
import type { ClusterFacts } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import { hasProxy } from "./live-pods";
import type { Snapshot } from "./snapshot";

/** The code of the problem that something is missing from a snapshot. */
export const UNREAD = "unread";

/** How Cilium and Linkerd are set, as they run. */
export interface LiveSettings {
  transportMode?: TransportMode;
  cluster: ClusterFacts;
  problems: Problem[];
}

export function liveSettings(snapshot: Snapshot): LiveSettings {
  const problems: Problem[] = [];
  const report = (object: string, message: string) =>
    problems.push({ code: "setting", file: "cluster", object, message });
  for (const { what: object, why } of snapshot.missing) {
    problems.push({ code: UNREAD, file: "cluster", object, message: `not read, so not taken into account: ${why}` });
  }
  return {
    ...transportModeOf(snapshot, report),
    cluster: ciliumFacts(snapshot, report),
    problems,
  };
}

type Report = (object: string, message: string) => void;

/** The destination controller reads its mode at start, so its pods say it, and not what the Deployment has become since. */
function transportModeOf({ pods }: Snapshot, report: Report): Pick<LiveSettings, "transportMode"> {
  const controllers = pods.filter(
    ({ metadata, status }) =>
      metadata.labels?.["linkerd.io/control-plane-component"] === "destination" &&
      metadata.deletionTimestamp === undefined &&
      status?.phase === "Running",
  );
  const modes = [...new Set(controllers.map(transportModeArgument).filter(isTransportMode))];
  if (modes.length > 1) {
    report(
      "Deployment linkerd/linkerd-destination",
      `its pods run in different transport modes (${modes.join(", ")}); wait for the end of its rollout. Predicted with ${modes[0]}`,
    );
  }
  if (modes.length === 0 && pods.some(hasProxy)) {
    report(
      "Deployment linkerd/linkerd-destination",
      "its pods do not say the transport mode, so the prediction assumes the chart's default",
    );
  }
  return modes[0] === undefined ? {} : { transportMode: modes[0] };
}

function ciliumFacts({ configMaps }: Snapshot, report: Report): ClusterFacts {
  const config = configMaps.find(({ metadata }) => metadata.name === "cilium-config");
  if (config === undefined) return {};
  const { data = {} } = config;
  const object = `ConfigMap ${config.metadata.namespace}/cilium-config`;
  const unlike = (key: string, usual: string, consequence: string) => {
    if (data[key] !== undefined && data[key] !== usual) report(object, `${key} is "${data[key]}": ${consequence}`);
  };
  unlike("enable-policy", "default", "the prediction assumes `default`");
  unlike("policy-audit-mode", "false", "Cilium reports what policies deny and lets it through");
  unlike("enable-host-firewall", "false", "policies on nodes are enforced, too; the prediction takes nodes as open");
  const [name, l7, ipv4, ipv6] = ["cluster-name", "enable-l7-proxy", "enable-ipv4", "enable-ipv6"].map(
    (key) => data[key],
  );
  const authenticates = data["mesh-auth-enabled"] === "true";
  const match = (data["policy-cidr-match-mode"] ?? "").split(/[\s,]+/).filter(isMatchMode);
  return {
    ...(name !== undefined && name !== "" && { name }),
    ...(ipv6 !== undefined && { ipv6: ipv6 === "true" }),
    ...(ipv4 === "false" && { ipv4: false }),
    mutualAuthentication: authenticates,
    ...(l7 !== undefined && { l7Proxy: l7 === "true" }),
    ...(match.length > 0 && { cidrMatchMode: match }),
  };
}

const isMatchMode = (text: string): text is "nodes" | "pods" => text === "nodes" || text === "pods";
