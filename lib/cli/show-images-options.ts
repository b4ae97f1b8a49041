import type { PlanOptions } from "../plan";

/** A reference a line; with who needs it; JSON; the file that `skopeo sync` reads. */
export const imageFormats = ["lines", "text", "json", "skopeo"] as const;

export interface ShowImagesOptions extends PlanOptions {
  readonly format: (typeof imageFormats)[number];
  readonly out?: string;
}
