import { httpServerOnBytes } from "../../../lib/lint/rules/http-server-on-bytes";
import { server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(httpServerOnBytes, {
  finds: [
    {
      what: "PostgreSQL's port",
      objects: [server("port: db, proxyProtocol: HTTP/1")],
      finds: [["Server shop/http", "spec.proxyProtocol", /port 5432 of shop\/cart is opaque to clients/]],
    },
  ],
  passes: [
    { what: "a port that is not opaque", objects: [server("port: 8080, proxyProtocol: HTTP/1")] },
    { what: "an opaque Server", objects: [server("port: db, proxyProtocol: opaque")] },
    { what: "one that detects", objects: [server("port: db")] },
  ],
});
