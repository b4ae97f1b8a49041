import { adminPortShut } from "../../../lib/lint/rules/admin-port-shut";
import { account, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(adminPortShut, {
  finds: [
    {
      what: "a Server on the admin port that admits nobody",
      objects: [server("port: linkerd-admin")],
      finds: [["Server shop/http", "spec.port", /nobody may read the metrics of shop\/cart's proxy/]],
    },
  ],
  passes: [
    { what: "one with an authorization", objects: [server("port: linkerd-admin"), policy(account("web"))] },
    { what: "one that admits all meshed clients", objects: [server("port: 4191, accessPolicy: all-authenticated")] },
    { what: "one on another port", objects: [server()] },
  ],
});
