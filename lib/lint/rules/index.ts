import type { LintRule } from "../finding";
import { adminPortShut } from "./admin-port-shut";
import { anyIdentity } from "./any-identity";
import { authorizationWithoutTarget } from "./authorization-without-target";
import { authorizedButCutOff } from "./authorized-but-cut-off";
import { authorizesAnyone } from "./authorizes-anyone";
import { baselineOpensClosed } from "./baseline-opens-closed";
import { cidrForCluster } from "./cidr-for-cluster";
import { clusterByAddress } from "./cluster-by-address";
import { clusterwideEmptyPeer } from "./clusterwide-empty-peer";
import { controlPlaneCutOff } from "./control-plane-cut-off";
import { defaultDenyWithoutRules } from "./default-deny-without-rules";
import { deniedAnyway } from "./denied-anyway";
import { deniedService } from "./denied-service";
import { denyOnly } from "./deny-only";
import { dnsCutOff } from "./dns-cut-off";
import { dnsListLacksName } from "./dns-list-lacks-name";
import { domainNamesElsewhere } from "./domain-names-elsewhere";
import { emptyDirection } from "./empty-direction";
import { emptyPeerList } from "./empty-peer-list";
import { emptyPortList } from "./empty-port-list";
import { emptyRule } from "./empty-rule";
import { exclusionSelectsAll } from "./exclusion-selects-all";
import { filteredLabel } from "./filtered-label";
import { foreignNamespaceSubject } from "./foreign-namespace-subject";
import { fqdnWithoutDns } from "./fqdn-without-dns";
import { gatewayNotAdmitted } from "./gateway-not-admitted";
import { grpcMatchWithoutMethod } from "./grpc-match-without-method";
import { hostFirewallOff } from "./host-firewall-off";
import { hostNetworkPod } from "./host-network-pod";
import { httpServerOnBytes } from "./http-server-on-bytes";
import { icmpTypeZero } from "./icmp-type-zero";
import { identityNotShown } from "./identity-not-shown";
import { ignoredAuthorization } from "./ignored-authorization";
import { ignoredRoute } from "./ignored-route";
import { inClusterName } from "./in-cluster-name";
import { keyUnderTwoSources } from "./key-under-two-sources";
import { l7OnMesh } from "./l7-on-mesh";
import { meshPortAlone } from "./mesh-port-alone";
import { meshPortBlocked } from "./mesh-port-blocked";
import { meshPortOpensAll } from "./mesh-port-opens-all";
import { misreadNamedPort } from "./misread-named-port";
import { misreadPort } from "./misread-port";
import { missingNamespace } from "./missing-namespace";
import { missingService } from "./missing-service";
import { nativeSidecarPort } from "./native-sidecar-port";
import { neverInjected } from "./never-injected";
import { nodeEntities } from "./node-entities";
import { nodePortByNode } from "./node-port-by-node";
import { nullValue } from "./null-value";
import { openBesideAuthorizations } from "./open-beside-authorizations";
import { openButUnauthorized } from "./open-but-unauthorized";
import { otherEndDenies } from "./other-end-denies";
import { outdatedAnnotation } from "./outdated-annotation";
import { overlappingServers } from "./overlapping-servers";
import { ownNamespaceOnly } from "./own-namespace-only";
import { pathWithoutRoute } from "./path-without-route";
import { portsWithoutPeer } from "./ports-without-peer";
import { probesShutOut } from "./probes-shut-out";
import { refusedPolicy } from "./refused-policy";
import { replacedAddress } from "./replaced-address";
import { restrictsNothing } from "./restricts-nothing";
import { routeOfAnotherProtocol } from "./route-of-another-protocol";
import { selectsNothing } from "./selects-nothing";
import { serverOnSkippedPort } from "./server-on-skipped-port";
import { serverSelectsNothing } from "./server-selects-nothing";
import { servicePort } from "./service-port";
import { shadowedAlternative } from "./shadowed-alternative";
import { sharedAccount } from "./shared-account";
import { shutByDefault } from "./shut-by-default";
import { unknownAnnotation } from "./unknown-annotation";
import { unknownNamedPort } from "./unknown-named-port";
import { unreadPolicy } from "./unread-policy";
import { vizCutOff } from "./viz-cut-off";
import { webhookCutOff } from "./webhook-cut-off";
import { worldThroughNode } from "./world-through-node";

/** All rules, in the order of a policy's findings: what makes it void, what changes its meaning, the mesh, Linkerd's authorization. */
export const rules: readonly LintRule[] = [
  unreadPolicy,
  refusedPolicy,
  nullValue,
  unknownAnnotation,
  missingNamespace,
  foreignNamespaceSubject,
  filteredLabel,
  keyUnderTwoSources,
  hostFirewallOff,
  hostNetworkPod,
  selectsNothing,
  emptyDirection,
  emptyRule,
  emptyPeerList,
  emptyPortList,
  defaultDenyWithoutRules,
  denyOnly,
  deniedAnyway,
  restrictsNothing,
  baselineOpensClosed,
  exclusionSelectsAll,
  otherEndDenies,
  ownNamespaceOnly,
  clusterwideEmptyPeer,
  portsWithoutPeer,
  cidrForCluster,
  nodeEntities,
  nodePortByNode,
  worldThroughNode,
  replacedAddress,
  deniedService,
  missingService,
  servicePort,
  unknownNamedPort,
  misreadPort,
  misreadNamedPort,
  icmpTypeZero,
  fqdnWithoutDns,
  domainNamesElsewhere,
  dnsListLacksName,
  inClusterName,
  nativeSidecarPort,
  meshPortBlocked,
  meshPortAlone,
  meshPortOpensAll,
  l7OnMesh,
  neverInjected,
  dnsCutOff,
  webhookCutOff,
  gatewayNotAdmitted,
  controlPlaneCutOff,
  vizCutOff,
  authorizesAnyone,
  ignoredAuthorization,
  authorizationWithoutTarget,
  openBesideAuthorizations,
  anyIdentity,
  sharedAccount,
  identityNotShown,
  clusterByAddress,
  serverSelectsNothing,
  serverOnSkippedPort,
  shutByDefault,
  outdatedAnnotation,
  overlappingServers,
  httpServerOnBytes,
  probesShutOut,
  adminPortShut,
  ignoredRoute,
  routeOfAnotherProtocol,
  pathWithoutRoute,
  grpcMatchWithoutMethod,
  shadowedAlternative,
  authorizedButCutOff,
  openButUnauthorized,
];

/** The rules that need only the policy itself, for an unknown cluster. */
export const rulesOfOnePolicy: readonly LintRule[] = rules.filter(({ scope }) => scope === "policy");
