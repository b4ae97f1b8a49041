import type { LocatedDocument } from "../manifests/document";
import type { ReferencedObjects } from "./objects/referenced-objects";
import { type Renderable, type RenderResult, renderablesOf } from "./objects/renderable";
import type { Renderer } from "./renderer";
import { Variants } from "./variants";

/** How many are rendered at once, and how many seconds all of them may take. */
const atOnce = 32;
const mostSeconds = 90;
const tooLong = {
  reason: `rendering everything took longer than ${mostSeconds} s`,
  fix: "Run it again, since finished renderings are cached; or name a part of the repository",
};

/** More objects than any cluster has. */
const mostDocuments = 50_000;
const tooMuch = {
  reason: `there are more than ${mostDocuments} objects before it`,
  fix: "Name a part of the repository",
};

/** More renderables than any repository has: some may render each other without end. */
const mostRenderables = 3000;

/** Renders in rounds, because objects that come out of one renderable may be renderables themselves. */
export class Rounds {
  /** The objects that came out. */
  readonly documents: LocatedDocument[] = [];
  /** Files of the tree whose content those objects replace. */
  readonly consumed = new Set<string>();
  /** Files whose renderable has a gap, so that its document stays among the manifests and reports it. */
  readonly kept = new Map<string, LocatedDocument>();
  private readonly seen = new Set<string>();
  private readonly deadline = Date.now() + mostSeconds * 1000;
  private readonly variants = new Variants();
  private count = 0;

  /** @param hidesMissing Whether nothing is to be rendered, so that nobody needs to hear that nothing was. */
  constructor(
    private readonly renderer: Renderer,
    private readonly known: ReferencedObjects,
    private readonly hidesMissing: boolean,
  ) {}

  /** Renders these, and whatever comes out of them. */
  async render(renderables: readonly Renderable[]): Promise<void> {
    let round = [...renderables];
    while (round.length > 0) {
      const { ready, later } = this.renderer.split(round.filter((one) => this.isNew(one)));
      const results = await this.results(ready);
      for (const renderable of later) this.seen.delete(this.renderer.keyOf(renderable));
      round = [
        ...later,
        ...ready.flatMap((renderable, index) => {
          const result = results[index];
          return result === undefined ? [] : this.take(renderable, this.variants.leftOf(renderable, result));
        }),
      ];
    }
  }

  private isNew(renderable: Renderable): boolean {
    const key = this.renderer.keyOf(renderable);
    if (this.seen.has(key)) renderable.document.rendered = "complete";
    else if (++this.count > mostRenderables) {
      const reason = `there are more than ${mostRenderables} before it`;
      renderable.document.rendered = { reason, fix: "Name a part of the repository" };
    } else {
      this.seen.add(key);
      return true;
    }
    return false;
  }

  private async results(renderables: readonly Renderable[]): Promise<RenderResult[]> {
    const results: RenderResult[] = [];
    for (let at = 0; at < renderables.length; at += atOnce) {
      const some = renderables.slice(at, at + atOnce);
      const size = this.documents.length + results.reduce((sum, one) => sum + one.documents.length, 0);
      const stop = Date.now() > this.deadline ? tooLong : size > mostDocuments ? tooMuch : undefined;
      if (stop !== undefined) results.push(...some.map(() => ({ documents: [], consumed: [], missing: stop })));
      else results.push(...(await Promise.all(some.map((one) => this.renderer.render(one)))));
    }
    return results;
  }

  /** Keeps a result. Returns the renderables in it. */
  private take(renderable: Renderable, result: RenderResult): Renderable[] {
    const { documents, consumed, missing, unknown } = result;
    const { kind, at, document, depth = 0 } = renderable;
    document.rendered = missing === undefined ? (unknown ?? "complete") : this.hidesMissing ? undefined : missing;
    const isFile = kind === "kustomize" || kind === "chart" || kind === "helmfile";
    if (isFile && document.rendered !== "complete") this.kept.set(at, document);
    for (const file of consumed) this.consumed.add(file);
    for (const one of documents) this.known.add(one);
    this.documents.push(...documents);
    return renderablesOf(documents, at, depth + 1);
  }
}
