import type { LocatedDocument } from "../manifests/document";
import { identityOf, type ReferencedObjects } from "./objects/referenced-objects";
import { type Renderable, type RenderResult, renderablesOf } from "./objects/renderable";
import type { Renderer } from "./renderer";
import { Variants } from "./variants";

/** How many renderables are rendered concurrently. */
const batchSize = 32;

/** The time limit for everything together. */
const maxSeconds = 90;
const outOfTime = {
  reason: `rendering everything took longer than ${maxSeconds} s`,
  fix: "Run it again, since finished renderings are cached; or name a part of the repository",
};

/** More objects than any cluster has. */
const maxDocuments = 50_000;
const tooManyDocuments = {
  reason: `there are more than ${maxDocuments} objects before it`,
  fix: "Name a part of the repository",
};

/** More renderables than any repository has. Guards against renderables that generate each other forever. */
const maxRenderables = 3000;

/** Renders in rounds, because rendered objects may themselves have to be rendered: a Kustomization may create HelmReleases. */
export class Rounds {
  /** The rendered objects. */
  documents: LocatedDocument[] = [];
  /** Files of the tree that the rendered objects replace. */
  readonly consumed = new Set<string>();
  /** Files whose renderable has a gap, by path. Their documents stay among the manifests to report it. */
  readonly incomplete = new Map<string, LocatedDocument>();
  private readonly firstByKey = new Map<string, Renderable>();
  private readonly deadline = Date.now() + maxSeconds * 1000;
  private readonly variants = new Variants();
  private count = 0;

  /** @param isRenderingOff With `--render never`, what is not rendered is no gap to report. */
  constructor(
    private readonly renderer: Renderer,
    private readonly referenced: ReferencedObjects,
    private readonly isRenderingOff: boolean,
  ) {}

  /** Renders these, and everything to render that they generate. */
  async render(renderables: readonly Renderable[]): Promise<void> {
    let round = [...renderables];
    while (round.length > 0) {
      const { ready, waiting } = this.renderer.partition(round.filter((renderable) => this.register(renderable)));
      // Charts are rendered last. By then everything that controllers apply is known, so variants of it can be dropped.
      const isChartRound = ready.every(({ kind }) => kind === "release" || kind === "helmchart");
      const current = isChartRound ? this.dropUnappliedVariants(ready) : ready;
      const results = await this.renderInBatches(current);
      for (const renderable of waiting) this.firstByKey.delete(this.renderer.keyOf(renderable));
      round = [
        ...waiting,
        ...current.flatMap((renderable, index) => {
          const result = results[index];
          return result === undefined ? [] : this.collect(renderable, this.variants.dropIfVariant(renderable, result));
        }),
      ];
    }
    this.dropUnappliedVariants([]);
  }

  /** Drops kustomizations that are variants of what a controller applies. Returns the renderables that none of them generated. */
  private dropUnappliedVariants(renderables: readonly Renderable[]): readonly Renderable[] {
    const unapplied = this.variants.takeUnapplied();
    if (unapplied.length === 0) return renderables;
    for (const { renderable, missing } of unapplied) {
      renderable.document.rendered = missing;
      this.incomplete.set(renderable.at, renderable.document);
    }
    const dropped = new Set(unapplied.flatMap(({ documents }) => documents));
    this.documents = this.documents.filter((document) => !dropped.has(document));
    return renderables.filter(({ document }) => !dropped.has(document));
  }

  /** Registers a renderable. Returns false if the same thing was registered before, or if there are too many. */
  private register(renderable: Renderable): boolean {
    const key = this.renderer.keyOf(renderable);
    const first = this.firstByKey.get(key);
    if (first !== undefined) {
      // A Kustomization in the folder that it applies generates itself, and its file is replaced by this copy: the copy reports the outcome.
      renderable.document.rendered = this.consumed.has(first.at) ? first.document.rendered : "complete";
      return false;
    }
    if (++this.count > maxRenderables) {
      const reason = `there are more than ${maxRenderables} before it`;
      renderable.document.rendered = { reason, fix: "Name a part of the repository" };
      return false;
    }
    this.firstByKey.set(key, renderable);
    return true;
  }

  private async renderInBatches(renderables: readonly Renderable[]): Promise<RenderResult[]> {
    const results: RenderResult[] = [];
    for (let start = 0; start < renderables.length; start += batchSize) {
      const batch = renderables.slice(start, start + batchSize);
      const size = this.documents.length + results.reduce((sum, { documents }) => sum + documents.length, 0);
      const stop = Date.now() > this.deadline ? outOfTime : size > maxDocuments ? tooManyDocuments : undefined;
      if (stop !== undefined) results.push(...batch.map(() => ({ documents: [], consumed: [], missing: stop })));
      else results.push(...(await Promise.all(batch.map((renderable) => this.renderer.render(renderable)))));
    }
    return results;
  }

  /** Collects a result. Returns the renderables among its objects. */
  private collect(renderable: Renderable, result: RenderResult): Renderable[] {
    const { documents, consumed, missing, unknown } = result;
    const { kind, at, document, depth = 0 } = renderable;
    document.rendered = missing === undefined ? (unknown ?? "complete") : this.isRenderingOff ? undefined : missing;
    const isFile = kind === "kustomize" || kind === "chart" || kind === "helmfile";
    if (isFile && document.rendered !== "complete") this.incomplete.set(at, document);
    for (const file of consumed) this.consumed.add(file);
    const generated = renderablesOf(documents, at, depth + 1);
    const patchedSelf =
      depth === 0 && kind === "flux" ? generated.find((one) => this.isPatchedSelf(renderable, one)) : undefined;
    if (patchedSelf !== undefined) {
      document.rendered = "complete";
      return [patchedSelf];
    }
    for (const generatedDocument of documents) this.referenced.add(generatedDocument);
    this.documents.push(...documents);
    return generated;
  }

  /** Whether a Kustomization generated a patched copy of itself. From then on Flux applies only the copy. */
  private isPatchedSelf(original: Renderable, generated: Renderable): boolean {
    const [before, after] = [original, generated].map(({ document }) => JSON.stringify(identityOf(document)));
    return before === after && this.renderer.keyOf(original) !== this.renderer.keyOf(generated);
  }
}
