import { canonical } from "../../kubernetes/schema/list-types";
import type { LocatedDocument, RenderGap } from "../manifests/document";
import { identityOf } from "./objects/referenced-objects";
import type { Renderable, RenderResult } from "./objects/renderable";

/** Kinds that unrelated applications often define together, so that sharing them makes no variant. */
const sharedKinds = /^(Namespace|CustomResourceDefinition|ServiceAccount)$/;

/**
 * Detects kustomizations that are variants of each other, such as the overlays of one base for several environments. Two are variants if most of
 * their objects have the same identity. Only one of them can be in the cluster that is evaluated.
 */
export class Variants {
  private readonly firstToDefine = new Map<string, Renderable>();
  private readonly kustomizations: { renderable: Renderable; documents: readonly LocatedDocument[] }[] = [];
  private readonly applied = new Map<string, { controller: Renderable; value: unknown }>();

  /** The result without its objects if the renderable is a variant of an earlier kustomization; otherwise the result itself. */
  dropIfVariant(renderable: Renderable, result: RenderResult): RenderResult {
    if (renderable.kind !== "kustomize") {
      if (renderable.kind === "flux" || renderable.kind === "application")
        this.recordApplied(renderable, result.documents);
      return result;
    }
    const keys = result.documents.flatMap(objectKey);
    const earlier = keys.map((key) => this.firstToDefine.get(key)).filter((other) => other !== undefined);
    const [other] = earlier;
    if (other !== undefined && earlier.length * 2 > keys.length) {
      const missing = {
        reason: "it defines the same objects as another kustomization, and only one of them can be evaluated",
        detail: other.document.file,
        fix: "Name its folder instead",
      };
      return { documents: [], consumed: result.consumed, missing };
    }
    for (const key of keys) if (!this.firstToDefine.has(key)) this.firstToDefine.set(key, renderable);
    this.kustomizations.push({ renderable, documents: result.documents });
    return result;
  }

  /**
   * The kustomizations that no controller applies and that are variants of what Flux or Argo CD does apply, each with the reason to drop it. Returns
   * each only once.
   */
  takeUnapplied(): { renderable: Renderable; documents: readonly LocatedDocument[]; missing: RenderGap }[] {
    return this.kustomizations.splice(0).flatMap(({ renderable, documents }) => {
      const keyed = documents.flatMap((document) => objectKey(document).map((key) => ({ key, value: document.value })));
      const alsoApplied = keyed.flatMap(({ key, value }) => {
        const other = this.applied.get(key);
        return other === undefined ? [] : { ...other, isSame: canonical(other.value) === canonical(value) };
      });
      const different = alsoApplied.find(({ isSame }) => !isSame);
      if (different === undefined || alsoApplied.length * 2 <= keyed.length) {
        this.kustomizations.push({ renderable, documents });
        return [];
      }
      const { kind, namespace, name } = identityOf(different.controller.document) ?? {
        kind: "",
        namespace: "",
        name: "",
      };
      const missing = {
        reason: `it defines objects that ${kind} ${namespace}/${name} applies in another form, which is the one evaluated`,
        fix: "Name its folder instead",
      };
      return [{ renderable, documents, missing }];
    });
  }

  private recordApplied(controller: Renderable, documents: readonly LocatedDocument[]): void {
    for (const document of documents)
      for (const key of objectKey(document))
        if (!this.applied.has(key)) this.applied.set(key, { controller, value: document.value });
  }
}

/** The key of an object that tells variants, in a list; empty for other documents. */
function objectKey(document: LocatedDocument): string[] {
  const identity = identityOf(document);
  return identity === undefined || sharedKinds.test(identity.kind) ? [] : [JSON.stringify(identity)];
}
