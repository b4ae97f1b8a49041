export { webhookRefusal } from "./admission";
export { DecodeError } from "./decode";
export { DEFAULT_POLICIES, type DefaultPolicy, parseDefaultPolicy } from "./default-policy";
export { accountIdentity, type MeshNames, namespaceIdentities } from "./identity";
export { GATEWAY_GROUP, POLICY_GROUP, type PolicyKind, policyKind, type RawObject, WORKLOAD_GROUP } from "./object";
