import { dictionary } from "../../../common/maps";
import type { LocatedDocument, RenderGap } from "../../manifests/document";
import type { Missing } from "./missing";
import { identityOf } from "./referenced-objects";

/** Something that is rendered into objects: a kustomization, a chart, a helmfile, or an object of a controller. */
export interface Renderable {
  /** What renders it. */
  kind:
    | "kustomize"
    | "chart"
    | "helmfile"
    | "flux"
    | "fluxinstance"
    | "resourceset"
    | "release"
    | "helmchart"
    | "application"
    | "applicationset";
  /** The path of its file in the tree. */
  at: string;
  /** Its folder in the tree. Only kustomizations and charts have one. */
  folder?: string;
  /** Its own document. The outcome of rendering is recorded there. */
  document: LocatedDocument;
  /** How many renderables generated one another before it. Default: 0. */
  depth?: number;
}

/** Deeper than any real repository nests Flux itself, clusters, areas, applications and their parts. */
export const maxDepth = 8;

/** Folders with everything below them, and single files. */
export interface OwnedPaths {
  folders: string[];
  files: ReadonlySet<string>;
}

/** What a renderable was rendered into. */
export interface RenderResult {
  /** The rendered objects. */
  documents: LocatedDocument[];
  /** Files of the tree that the documents replace. */
  consumed: Iterable<string>;
  /** Why there are no objects, or fewer than a controller would create. */
  missing?: RenderGap | undefined;
  /** Unknown inputs, because of which the real objects may differ. */
  unknown?: RenderGap | undefined;
}

const renderableKinds = dictionary<Renderable["kind"]>({
  "kustomize.toolkit.fluxcd.io/Kustomization": "flux",
  "fluxcd.controlplane.io/FluxInstance": "fluxinstance",
  "fluxcd.controlplane.io/ResourceSet": "resourceset",
  "helm.toolkit.fluxcd.io/HelmRelease": "release",
  "helm.cattle.io/HelmChart": "helmchart",
  "argoproj.io/Application": "application",
  "argoproj.io/ApplicationSet": "applicationset",
});

/** The objects among documents that a controller renders. */
export function renderablesOf(documents: readonly LocatedDocument[], at: string, depth = 0): Renderable[] {
  return documents.flatMap((document): Renderable[] => {
    const identity = identityOf(document);
    const kind = identity && renderableKinds[`${identity.group}/${identity.kind}`];
    return kind === undefined ? [] : [{ kind, at, document, depth }];
  });
}

/** The result of a renderable that cannot be rendered. */
export const notRendered = ({ missing, detail, fix }: Missing): RenderResult => ({
  documents: [],
  consumed: [],
  missing: { reason: missing, detail, fix },
});

/** A reason as a gap, if there is one. */
export const gapOf = (missing: Missing | undefined): RenderGap | undefined =>
  missing && { reason: missing.missing, detail: missing.detail, fix: missing.fix };

/** The gap of a renderable that depends on unknown inputs. */
export const unknownInputs = (sources: readonly string[], what: string): RenderGap => ({
  reason: `some of its ${what} are not known`,
  detail: `those from ${[...new Set(sources)].join(", ")}`,
  fix: "Pass them, if they are not secret",
});
