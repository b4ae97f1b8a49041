/** Why something cannot be rendered, for messages. */
export interface Missing {
  /** The reason, as a clause: "it names no chart". */
  missing: string;
  /** The part of the reason that differs between objects; see `Unseen.detail`. */
  detail?: string | undefined;
  /** What the user can do. */
  fix: string;
  /** The folder of the chart that would be installed, if known. */
  chart?: string | undefined;
}
