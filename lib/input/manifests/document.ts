import type { Path, Position } from "../../common/problem";

/** One document of a file: its value, and where each part of it stands. */
export interface LocatedDocument {
  file: string;
  value: unknown;
  /**
   * Where the value at `path` starts, or the nearest enclosing one when the path does not exist; for a mapping's member, its key.
   * Empty for what stands in no file.
   */
  position(path: Path): Partial<Position>;
  /** A Fence of the program at its place makes it, from its edges. */
  byFence?: true;
  /** It is a part of an object that somebody else makes. */
  isPatch?: true;
  /** Its comments that are addressed to meshfence, or those of the file that it was made from. Absent: none. */
  comments?(): readonly LocatedComment[];
  /** Nobody fills anything in any more: what looks like a variable is text. */
  isFinal?: true;
  /** It is as written, although what builds it would change it: it could not be built. */
  isUnbuilt?: true;
  /** Of what is rendered into objects: whether all of them are among the documents, or why not. Absent: it was not tried. */
  rendered?: "complete" | RenderGap | undefined;
  /** Of what is rendered into objects: the charts that it installs. Absent: it was not looked at. */
  installs?: readonly Installed[];
}

/** A chart that is installed, with its values. */
export interface Installed {
  /** Its name, or an address that ends with it. */
  chart: string;
  /** Where it goes, if that is said. */
  namespace?: string;
  values: Readonly<Record<string, unknown>>;
}

/** A comment that begins with `meshfence-`. */
export interface LocatedComment extends Position {
  file: string;
  /** Without its `#` and the blanks around it. */
  text: string;
  /** Where what it speaks of begins, and where it has ended. */
  from: Position;
  to: Position;
}

/** Why the objects that something is rendered into are not among the documents, or may differ. */
export interface RenderGap {
  reason: string;
  /** What in the reason is this one's own; see `Unseen.detail`. */
  detail?: string | undefined;
  fix: string;
}

/** The same, seen from a value inside it: an item of a List, for instance. */
export function within(document: LocatedDocument, base: Path, value: unknown): LocatedDocument {
  const { file, comments, isFinal } = document;
  const position = (path: Path) => document.position([...base, ...path]);
  return { file, value, position, ...(isFinal && { isFinal }), ...(comments && { comments }) };
}
