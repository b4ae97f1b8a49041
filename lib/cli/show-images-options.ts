import type { PlanOptions } from "../plan";

/** One reference per line; with what needs it; JSON; the file that `skopeo sync` reads. */
export const imageFormats = ["lines", "text", "json", "skopeo"] as const;

export interface ShowImagesOptions extends PlanOptions {
  readonly format: (typeof imageFormats)[number];
  readonly out?: string;
}
