import { overlappingServers } from "../../../lib/lint/rules/overlapping-servers";
import { server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(overlappingServers, {
  finds: [
    {
      what: "one port by number and by name",
      objects: [server(), server("port: http", "named")],
      finds: [["Server shop/named", "spec.port", /selects port 8080 of shop\/cart, as Server http does/]],
    },
  ],
  passes: [{ what: "two ports", objects: [server(), server("port: 5432", "db")] }],
});
