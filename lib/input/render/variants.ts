import { canonical } from "../../kubernetes/schema/list-types";
import type { LocatedDocument, RenderGap } from "../manifests/document";
import { identityOf } from "./objects/referenced-objects";
import type { Renderable, RenderResult } from "./objects/renderable";

/** Kinds that several applications define together, and that say nothing of a variant. */
const shared = /^(Namespace|CustomResourceDefinition|ServiceAccount)$/;

/** Tells kustomizations that are variants of each other: a base with the one or the other component, for this or that environment. */
export class Variants {
  private readonly makers = new Map<string, Renderable>();
  private readonly plain: { renderable: Renderable; documents: readonly LocatedDocument[] }[] = [];
  private readonly controlled = new Map<string, { maker: Renderable; value: unknown }>();

  /**
   * What is left of a kustomization: nothing where it is a variant of one that was made before it, since an answer is about one of them.
   *
   * @param result What came of it.
   */
  leftOf(renderable: Renderable, result: RenderResult): RenderResult {
    if (renderable.kind !== "kustomize") {
      if (renderable.kind === "flux" || renderable.kind === "application") this.control(renderable, result.documents);
      return result;
    }
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
    this.plain.push({ renderable, documents: result.documents });
    return result;
  }

  /**
   * Kustomizations that are variants of what Flux or Argo CD applies, which nothing here applies, with why they are left out. Each is told once.
   */
  notApplied(): { renderable: Renderable; documents: readonly LocatedDocument[]; missing: RenderGap }[] {
    return this.plain.splice(0).flatMap(({ renderable, documents }) => {
      const keyed = documents.flatMap((document) => keyOf(document).map((key) => ({ key, value: document.value })));
      const taken = keyed.flatMap(({ key, value }) => {
        const other = this.controlled.get(key);
        return other === undefined ? [] : { ...other, isSame: canonical(other.value) === canonical(value) };
      });
      const other = taken.find(({ isSame }) => !isSame);
      if (other === undefined || taken.length * 2 <= keyed.length) {
        this.plain.push({ renderable, documents });
        return [];
      }
      const { kind, namespace, name } = identityOf(other.maker.document) ?? { kind: "", namespace: "", name: "" };
      const missing = {
        reason: `it makes objects that ${kind} ${namespace}/${name} applies otherwise, and an answer is about what is applied`,
        fix: "Name its folder instead",
      };
      return [{ renderable, documents, missing }];
    });
  }

  private control(maker: Renderable, documents: readonly LocatedDocument[]): void {
    for (const document of documents)
      for (const key of keyOf(document))
        if (!this.controlled.has(key)) this.controlled.set(key, { maker, value: document.value });
  }
}

function keyOf(document: LocatedDocument): string[] {
  const identity = identityOf(document);
  return identity === undefined || shared.test(identity.kind) ? [] : [JSON.stringify(identity)];
}
