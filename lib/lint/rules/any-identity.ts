import { type LintRule, Severity } from "../finding";

export const anyIdentity: LintRule = {
  id: "any-identity",
  severity: Severity.Info,
  title: "Any identity of the mesh",
  why:
    "`*` is every client whose certificate comes from the trust anchors, in other clusters that share them as well; and where trust domains are the same, so are the names: `web` in `shop` " +
    "of another cluster is `web` in `shop` of this one. SPIFFE identities are compared whole, so that not even `*` means them.",
  fix: "Name accounts or namespaces with `identityRefs`, if not everybody is meant.",
  *check({ linkerd }) {
    for (const { namespace, name, spec } of linkerd?.policy.objects.meshTls ?? []) {
      const at = (spec.identities ?? []).indexOf("*");
      if (at < 0) continue;
      yield {
        linkerd: linkerd?.placeOf("MeshTLSAuthentication", { namespace, name }) ?? 0,
        path: ["spec", "identities", at],
        message: "means every meshed client of every cluster with the same trust anchors",
      };
    }
  },
};
