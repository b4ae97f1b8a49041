import { dictionary } from "../../common/maps";
import type { LocatedDocument, MadeOutcome } from "../manifests/document";
import { memberAt } from "../manifests/shape";
import type { Missing } from "./missing";
import { identityOf } from "./objects";

/** Something that makes objects: a folder's kustomization, or an object of a controller. */
export interface Maker {
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
  /** The file of the tree that it stands in. */
  at: string;
  /** Of a kustomization or a chart. */
  folder?: string;
  document: LocatedDocument;
  /** How many makers made each other before it. Default 0. */
  depth?: number;
}

/** More than any repository has: Flux's own, clusters, areas, applications and their parts. */
export const deepest = 8;

/** A part of the tree: folders with all that is in them, and files. */
export interface Area {
  folders: string[];
  files: ReadonlySet<string>;
}

/** What became of a maker. */
export interface Made {
  documents: LocatedDocument[];
  /** The files of the tree that are in the documents now. */
  consumed: Iterable<string>;
  /** Why there is nothing, or less than a controller would make. */
  missing?: MadeOutcome | undefined;
  /** Of what it depends on and nothing is known: its objects may be others. */
  unknown?: MadeOutcome | undefined;
}

const kinds = dictionary<Maker["kind"]>({
  "kustomize.toolkit.fluxcd.io/Kustomization": "flux",
  "fluxcd.controlplane.io/FluxInstance": "fluxinstance",
  "fluxcd.controlplane.io/ResourceSet": "resourceset",
  "helm.toolkit.fluxcd.io/HelmRelease": "release",
  "helm.cattle.io/HelmChart": "helmchart",
  "argoproj.io/Application": "application",
  "argoproj.io/ApplicationSet": "applicationset",
});

/** The makers among documents. */
export function makersOf(documents: readonly LocatedDocument[], at: string, depth = 0): Maker[] {
  return documents.flatMap((document): Maker[] => {
    const identity = identityOf(document);
    const kind = identity && kinds[`${identity.group}/${identity.kind}`];
    return kind === undefined ? [] : [{ kind, at, document, depth }];
  });
}

/** What became of a maker of which nothing is known. */
export const nothing = ({ missing, detail, fix }: Missing): Made => ({
  documents: [],
  consumed: [],
  missing: { reason: missing, detail, fix },
});

/** What is said of one that hangs on what is not here. */
export const unknownFrom = (sources: readonly string[], what: string): MadeOutcome => ({
  reason: `some of its ${what} are not known`,
  detail: `those from ${[...new Set(sources)].join(", ")}`,
  fix: "Give those, if they are no secret",
});

/** A text that is not empty. */
export const textOf = (value: unknown, member: string): string | undefined => {
  const found = memberAt(value, [member]);
  return typeof found === "string" && found !== "" ? found : undefined;
};
