import type { LocatedDocument } from "../manifests/document";
import { identityOf } from "./objects/referenced-objects";
import type { Renderable, RenderResult } from "./objects/renderable";

/** Kinds that several applications define together, and that say nothing of a variant. */
const shared = /^(Namespace|CustomResourceDefinition|ServiceAccount)$/;

/** Tells kustomizations that are variants of each other: a base with the one or the other component, for this or that environment. */
export class Variants {
  private readonly makers = new Map<string, Renderable>();

  /**
   * What is left of a kustomization: nothing where it is a variant of one that was made before it, since an answer is about one of them.
   *
   * @param result What came of it.
   */
  leftOf(renderable: Renderable, result: RenderResult): RenderResult {
    if (renderable.kind !== "kustomize") return result;
    const keys = result.documents.flatMap(keyOf);
    const taken = keys.map((key) => this.makers.get(key)).filter((other) => other !== undefined);
    const [other] = taken;
    if (other !== undefined && taken.length * 2 > keys.length) {
      const missing = {
        reason: "it makes objects that another kustomization makes, too, and an answer is about one of them",
        detail: other.document.file,
        fix: "Name its folder instead",
      };
      return { documents: [], consumed: result.consumed, missing };
    }
    for (const key of keys) if (!this.makers.has(key)) this.makers.set(key, renderable);
    return result;
  }
}

function keyOf(document: LocatedDocument): string[] {
  const identity = identityOf(document);
  return identity === undefined || shared.test(identity.kind) ? [] : [JSON.stringify(identity)];
}
