/** Exactly one of several shapes: a value has no members of the others. */
export type OneOf<Shape, All = Shape> = Shape extends unknown
  ? Shape & { [Other in Exclude<KeyOf<All>, keyof Shape>]?: never }
  : never;

type KeyOf<Shape> = Shape extends unknown ? keyof Shape : never;
