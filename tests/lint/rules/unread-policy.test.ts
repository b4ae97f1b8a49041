import { unreadPolicy } from "../../../lib/lint/rules/unread-policy";
import { agent, testTierRule, tiered } from "../tier-tester";

const denying = tiered(
  "tier: Admin",
  "subject: {namespaces: {}}",
  "ingress: [{action: Deny, from: [{namespaces: {}}]}]",
);

testTierRule(unreadPolicy, [
  { what: "nothing shows that the agent reads it", texts: [denying], finds: ["ClusterNetworkPolicy k kind 2"] },
  { what: "the agent is told not to", texts: [agent(false), denying], finds: ["ClusterNetworkPolicy k kind 7"] },
  { what: "the agent reads it", texts: [agent(true), denying], finds: [] },
]);
