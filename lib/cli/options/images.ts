import type { PlanOptions } from "../../plan";

/** `lines`: one image per line; `text`: with what needs it; `skopeo`: the file that `skopeo sync` reads. */
export const imageFormats = ["lines", "text", "json", "skopeo"] as const;

export interface ImagesCommandOptions extends PlanOptions {
  readonly format: (typeof imageFormats)[number];
  readonly out?: string;
}
