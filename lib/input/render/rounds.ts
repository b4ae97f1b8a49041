import type { LocatedDocument } from "../manifests/document";
import { identityOf, type ReferencedObjects } from "./objects/referenced-objects";
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
  documents: LocatedDocument[] = [];
  /** Files of the tree whose content those objects replace. */
  readonly consumed = new Set<string>();
  /** Files whose renderable has a gap, so that its document stays among the manifests and reports it. */
  readonly kept = new Map<string, LocatedDocument>();
  private readonly seen = new Map<string, Renderable>();
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
      const { ready: due, later } = this.renderer.split(round.filter((one) => this.isNew(one)));
      // Releases are last: by then it is known what the controllers apply.
      const ready = due.every(({ kind }) => kind === "release" || kind === "helmchart") ? this.applied(due) : due;
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
    this.applied([]);
  }

  /** Leaves out kustomizations that are variants of what a controller applies. Returns the renderables that came out of no such one. */
  private applied(renderables: readonly Renderable[]): readonly Renderable[] {
    const left = this.variants.notApplied();
    if (left.length === 0) return renderables;
    for (const { renderable, missing } of left) {
      renderable.document.rendered = missing;
      this.kept.set(renderable.at, renderable.document);
    }
    const gone = new Set(left.flatMap(({ documents }) => documents));
    this.documents = this.documents.filter((document) => !gone.has(document));
    return renderables.filter(({ document }) => !gone.has(document));
  }

  private isNew(renderable: Renderable): boolean {
    const key = this.renderer.keyOf(renderable);
    const first = this.seen.get(key);
    // One that is in its own folder comes out of itself, and its file is gone then: what is left of it says what came of it.
    if (first !== undefined)
      renderable.document.rendered = this.consumed.has(first.at) ? first.document.rendered : "complete";
    else if (++this.count > mostRenderables) {
      const reason = `there are more than ${mostRenderables} before it`;
      renderable.document.rendered = { reason, fix: "Name a part of the repository" };
    } else {
      this.seen.set(key, renderable);
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
    const made = renderablesOf(documents, at, depth + 1);
    const own = depth === 0 && kind === "flux" ? made.find((one) => this.isPatched(renderable, one)) : undefined;
    if (own !== undefined) {
      document.rendered = "complete";
      return [own];
    }
    for (const one of documents) this.known.add(one);
    this.documents.push(...documents);
    return made;
  }

  /** Whether one is the same object as the one that made it, which patches itself: what then applies is the patched one alone. */
  private isPatched(maker: Renderable, made: Renderable): boolean {
    const [one, other] = [maker, made].map(({ document }) => JSON.stringify(identityOf(document)));
    return one === other && this.renderer.keyOf(maker) !== this.renderer.keyOf(made);
  }
}
