/** Something that cannot be found out, as words for the user. */
export interface Missing {
  missing: string;
  /** What in that is its own; see `Unseen.detail`. */
  detail?: string | undefined;
  fix: string;
  /** The folder of the chart that would be installed. */
  chart?: string | undefined;
}
