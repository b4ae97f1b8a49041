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
  /** Its file in the tree. */
  at: string;
  /** Its folder in the tree: of a kustomization or a chart. */
  folder?: string;
  /** Its own text, which takes the outcome of rendering. */
  document: LocatedDocument;
  /** How many renderables rendered each other before it. Default 0. */
  depth?: number;
}

/** Deeper than any repository nests: Flux itself, clusters, areas, applications and their parts. */
export const deepest = 8;

/** Folders with everything below them, and single files. */
export interface OwnedPaths {
  folders: string[];
  files: ReadonlySet<string>;
}

/** What a renderable was rendered into. */
export interface RenderResult {
  /** Its objects. */
  documents: LocatedDocument[];
  /** Files of the tree whose content the documents replace. */
  consumed: Iterable<string>;
  /** Why there are no objects, or fewer than a controller would make. */
  missing?: RenderGap | undefined;
  /** Inputs that are not known, so that its objects may differ. */
  unknown?: RenderGap | undefined;
}

const kinds = dictionary<Renderable["kind"]>({
  "kustomize.toolkit.fluxcd.io/Kustomization": "flux",
  "fluxcd.controlplane.io/FluxInstance": "fluxinstance",
  "fluxcd.controlplane.io/ResourceSet": "resourceset",
  "helm.toolkit.fluxcd.io/HelmRelease": "release",
  "helm.cattle.io/HelmChart": "helmchart",
  "argoproj.io/Application": "application",
  "argoproj.io/ApplicationSet": "applicationset",
});

/** The objects among documents that controllers render. */
export function renderablesOf(documents: readonly LocatedDocument[], at: string, depth = 0): Renderable[] {
  return documents.flatMap((document): Renderable[] => {
    const identity = identityOf(document);
    const kind = identity && kinds[`${identity.group}/${identity.kind}`];
    return kind === undefined ? [] : [{ kind, at, document, depth }];
  });
}

/** The result of a renderable that cannot be rendered. */
export const notRendered = ({ missing, detail, fix }: Missing): RenderResult => ({
  documents: [],
  consumed: [],
  missing: { reason: missing, detail, fix },
});

/** The gap of what cannot be rendered, if there is anything. */
export const gapOf = (missing: Missing | undefined): RenderGap | undefined =>
  missing && { reason: missing.missing, detail: missing.detail, fix: missing.fix };

/** The gap of a renderable that depends on unknown inputs. */
export const unknownInputs = (sources: readonly string[], what: string): RenderGap => ({
  reason: `some of its ${what} are not known`,
  detail: `those from ${[...new Set(sources)].join(", ")}`,
  fix: "Pass them, if they are not secret",
});
