import type { LintRule } from "../finding";
import { controlPlaneCutOff, dnsCutOff, vizCutOff } from "./cut-off";
import { defaultDenyWithoutRules, denyOnly } from "./default-deny";
import { deniedAnyway } from "./denied";
import { emptyDirection, emptyPeerList, emptyPortList, emptyRule } from "./empty";
import { fqdnWithoutDns, inClusterName } from "./fqdn";
import { hostNetworkPod } from "./host-network";
import { neverInjected } from "./injection";
import { l7OnMesh, meshPortBlocked, meshPortOpensAll } from "./mesh";
import { missingNamespace } from "./metadata";
import { nodeEntities } from "./nodes";
import { nullValue } from "./null-value";
import { cidrForCluster, ownNamespaceOnly, portsWithoutPeer } from "./peers";
import { icmpTypeZero, misreadPort, nativeSidecarPort, unknownNamedPort } from "./ports";
import { refusedPolicy } from "./refused";
import { filteredLabel, foreignNamespaceSubject, selectsNothing } from "./selectors";
import { deniedService, missingService, servicePort } from "./services";

/** Every rule, in the order in which a policy's findings come: what makes it void, what makes it mean something else, the mesh. */
export const rules: readonly LintRule[] = [
  refusedPolicy,
  nullValue,
  missingNamespace,
  foreignNamespaceSubject,
  filteredLabel,
  hostNetworkPod,
  selectsNothing,
  emptyDirection,
  emptyRule,
  emptyPeerList,
  emptyPortList,
  defaultDenyWithoutRules,
  denyOnly,
  deniedAnyway,
  ownNamespaceOnly,
  portsWithoutPeer,
  cidrForCluster,
  nodeEntities,
  deniedService,
  missingService,
  servicePort,
  unknownNamedPort,
  misreadPort,
  icmpTypeZero,
  fqdnWithoutDns,
  inClusterName,
  nativeSidecarPort,
  meshPortBlocked,
  meshPortOpensAll,
  l7OnMesh,
  neverInjected,
  dnsCutOff,
  controlPlaneCutOff,
  vizCutOff,
];

/**
 * The rules whose findings hold by the policy alone, whatever other policies and pods there are: for a policy whose cluster is not known.
 */
export const rulesOfOnePolicy: readonly LintRule[] = [
  refusedPolicy,
  nullValue,
  missingNamespace,
  foreignNamespaceSubject,
  filteredLabel,
  emptyDirection,
  emptyRule,
  emptyPeerList,
  emptyPortList,
  defaultDenyWithoutRules,
  ownNamespaceOnly,
  portsWithoutPeer,
  cidrForCluster,
  nodeEntities,
  deniedService,
  misreadPort,
  icmpTypeZero,
  nativeSidecarPort,
];
