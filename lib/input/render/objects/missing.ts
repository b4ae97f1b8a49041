/** Why something cannot be rendered, in words for the user. */
export interface Missing {
  /** The reason, as a clause. */
  missing: string;
  /** The part of the reason that is about this object alone; see `Unseen.detail`. */
  detail?: string | undefined;
  /** What the user can do. */
  fix: string;
  /** The folder of the chart that would be installed. Absent: none is known. */
  chart?: string | undefined;
}
