import { serverOnSkippedPort } from "../../../lib/lint/rules/server-on-skipped-port";
import { server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(serverOnSkippedPort, {
  finds: [
    {
      what: "a port of the chart's list",
      objects: [server("port: 4567")],
      finds: [["Server shop/http", "spec.port", /port 4567 of shop\/cart bypasses the proxy/]],
    },
  ],
  passes: [
    { what: "a port of the application", objects: [server()] },
    { what: "the proxy's admin port, which asks the policy itself", objects: [server("port: linkerd-admin")] },
  ],
});
