import { type LintRule, Severity } from "../finding";

export const anyIdentity: LintRule = {
  id: "any-identity",
  severity: Severity.Info,
  title: "Any identity in the mesh",
  why:
    "`*` matches every client whose certificate comes from the trust anchors, even in other clusters that share them. If the trust domains are the same, " +
    "so are the names: `web` in `shop` of another cluster is `web` in `shop` of this one. SPIFFE identities are compared as a whole, so not even `*` " +
    "matches them.",
  fix: "Unless you mean everybody, name accounts or namespaces with `identityRefs`.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { meshTls, serverAuthorizations } = linkerd.policy.objects;
    const named = [
      ...meshTls.map((one) => ({ ...one, kind: "MeshTLSAuthentication", of: one.spec.identities, path: ["spec"] })),
      ...serverAuthorizations.map((one) => ({
        ...one,
        kind: "ServerAuthorization",
        of: one.spec.client.meshTLS?.identities,
        path: ["spec", "client", "meshTLS"],
      })),
    ];
    for (const { kind, namespace, name, of = [], path } of named) {
      const at = of.indexOf("*");
      if (at < 0) continue;
      yield {
        linkerd: linkerd.placeOf(kind, { namespace, name }),
        path: [...path, "identities", at],
        data: {},
        message: "means every meshed client of every cluster with the same trust anchors",
      };
    }
  },
};
