import type { Path } from "../../../common/problem";
import type { LocatedDocument } from "../document";
import { hasPlaceholder } from "../placeholders";

/** An object that configures Cilium or Linkerd, with the settings in it. */
export interface SettingsSource {
  /** `HelmRelease linkerd/linkerd-control-plane` */
  object: string;
  document: LocatedDocument;
  /** The path to the settings in the document. */
  path: Path;
  values: Record<string, unknown>;
  /** The namespace of what it configures, if it names one. */
  namespace?: string;
}

/** The value of a setting in one source. */
export interface SettingValue {
  /** The name of the agent's flag or of the chart's value. */
  setting: string;
  value: unknown;
  source: SettingsSource;
}

/** The place of a source, for a problem. */
export function placeOf({ document, path, object }: SettingsSource) {
  return { file: document.file, ...document.position(path), object };
}

/** Whether a value is a placeholder for one that is substituted later. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === "string" && hasPlaceholder(value);
}
