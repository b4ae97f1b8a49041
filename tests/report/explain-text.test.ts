import assert from "node:assert/strict";
import { test } from "node:test";
import { Explainer, type PolicySource } from "../../lib/reachability";
import { explainText } from "../../lib/report/explain/explain-text";

test("names each end, even if the deciding policy has the same name", () => {
  const deny = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "db", namespace: "shop" },
    spec: { endpointSelector: { matchLabels: { app: "db" } }, ingressDeny: [{ fromEntities: ["all"] }] },
  } as PolicySource;
  const explainer = new Explainer([deny], {
    endpoints: [
      { id: "shop/web", namespace: "shop", labels: { app: "web" } },
      { id: "shop/db", namespace: "shop", labels: { app: "db" }, ports: [{ port: 5432 }] },
    ],
  });
  const text = explainText(explainer.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }));
  assert.match(text, /ingress +shop\/db: Denied by deny rule 1 of shop\/db, and denying wins\./);
  assert.match(text, /egress +Allowed: no egress policy selects shop\/web\./);
});
