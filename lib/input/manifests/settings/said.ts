import type { Path } from "../../../common/problem";
import type { LocatedDocument } from "../document";
import { mentions } from "../placeholders";

/** Somebody who says how Cilium or Linkerd is set, and where. */
export interface Speaker {
  /** `HelmRelease linkerd/linkerd-control-plane` */
  object: string;
  document: LocatedDocument;
  /** To what is said. */
  path: Path;
  values: Record<string, unknown>;
  /** Where what it sets goes, if it says so. */
  namespace?: string;
}

/** One setting as one speaker says it. */
export interface Said {
  /** As the agent's flag is called, or the chart's value. */
  setting: string;
  value: unknown;
  speaker: Speaker;
}

/** Where it is said, for a problem. */
export function placeOf({ document, path, object }: Speaker) {
  return { file: document.file, ...document.position(path), object };
}

/** What stands in for a value that is filled in later. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === "string" && mentions(value);
}
