/** Exactly one of several shapes: a value of one has no member that only another has. */
export type OneOf<Shape, All = Shape> = Shape extends unknown
  ? Shape & { [Other in Exclude<KeyOf<All>, keyof Shape>]?: never }
  : never;

type KeyOf<Shape> = Shape extends unknown ? keyof Shape : never;
