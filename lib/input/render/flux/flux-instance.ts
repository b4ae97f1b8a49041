import { type LocatedDocument, within } from "../../manifests/document";
import { isRecord, memberAt, textAt } from "../../manifests/shape";
import { identityOf } from "../objects/referenced-objects";

/** The source and the Kustomization that the Flux operator creates for the `sync` of a FluxInstance, like those of `flux bootstrap`. */
export function fluxInstanceObjects(document: LocatedDocument): LocatedDocument[] {
  const sync = memberAt(document.value, ["spec", "sync"]);
  if (!isRecord(sync)) return [];
  const namespace = identityOf(document)?.namespace ?? "flux-system";
  const metadata = { name: textAt(sync, "name") ?? namespace, namespace };
  const kind = textAt(sync, "kind") ?? "GitRepository";
  const version = "toolkit.fluxcd.io/v1";
  const source = { apiVersion: `source.${version}`, kind, metadata, spec: { url: textAt(sync, "url") } };
  const kustomization = {
    apiVersion: `kustomize.${version}`,
    kind: "Kustomization",
    metadata,
    spec: { path: textAt(sync, "path") ?? "./", prune: true, sourceRef: { kind, name: metadata.name } },
  };
  return [source, kustomization].map((value) => ({
    ...within(document, ["spec", "sync"], value),
    position: () => document.position(["spec", "sync"]),
  }));
}

/** The patches of a FluxInstance that may change those two objects, and not only Flux's own Deployments. */
export function fluxInstancePatches(document: LocatedDocument): unknown[] {
  const patches = memberAt(document.value, ["spec", "kustomize", "patches"]);
  return (Array.isArray(patches) ? patches : []).filter((patch) => {
    const kind = memberAt(patch, ["target", "kind"]);
    return typeof kind === "string" && /Kustomization|GitRepository|OCIRepository|Bucket|[.*|]/.test(kind);
  });
}
