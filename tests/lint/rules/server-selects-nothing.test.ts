import { serverSelectsNothing } from "../../../lib/lint/rules/server-selects-nothing";
import { made, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(serverSelectsNothing, {
  finds: [
    {
      what: "nobody",
      objects: [made("Server", "{podSelector: {matchLabels: {app: crat}}, port: 8080}", "m", "v1beta3")],
      finds: [["Server shop/m", "spec.podSelector", /selects no pod of shop/]],
    },
    {
      what: "a pod without a proxy",
      objects: [made("Server", "{podSelector: {matchLabels: {app: plain}}, port: 80}", "m", "v1beta3")],
      finds: [["Server shop/m", "spec.podSelector", /selects shop\/plain, which has no proxy/]],
    },
    {
      what: "a port's name that no container has",
      objects: [server("port: htpp")],
      finds: [["Server shop/http", "spec.port", /no container of shop\/cart has a TCP port named "htpp"/]],
    },
  ],
  passes: [
    { what: "a port by number, which no container need declare", objects: [server("port: 1234")] },
    { what: "a port by name", objects: [server("port: http")] },
  ],
});
