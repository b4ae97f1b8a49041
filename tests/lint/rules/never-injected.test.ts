import { neverInjected } from "../../../lib/lint/rules/never-injected";
import { testRule } from "../rule-tester";

testRule(neverInjected, {
  finds: [
    {
      what: "a pod of cert-manager that asks for a proxy",
      namespace: "cert-manager",
      spec: "endpointSelector: {matchLabels: {app: backup}}\ningress: [{fromEntities: [cluster]}]\negress: [{toEntities: [cluster]}]",
      finds: [["spec", /backup asks for Linkerd's proxy but never gets one, because of the namespace cert-manager/]],
    },
  ],
  passes: [
    {
      what: "one that asks for none",
      namespace: "kube-system",
      spec: "endpointSelector: {matchLabels: {k8s-app: kube-dns}}\ningress: [{fromEntities: [cluster]}]",
    },
  ],
});
