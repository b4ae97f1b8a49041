import type { Path, Position } from "../../common/problem";

/** A document of a file: its value, with the position of each part. */
export interface LocatedDocument {
  file: string;
  value: unknown;
  /**
   * The position of the value at `path`, or of the nearest enclosing one if the path does not exist. For a mapping's member: that of its key. Empty
   * for a document without a file.
   */
  position(path: Path): Partial<Position>;
  /** A Fence in the program at this place creates it from its edges. */
  byFence?: true;
  /** It is a patch of an object that is created elsewhere. */
  isPatch?: true;
  /** Its comments that are addressed to meshfence, or those of the file that it was rendered from. Absent: none. */
  comments?(): readonly LocatedComment[];
  /** Nothing is substituted later, so anything that looks like a variable is plain text. */
  isFinal?: true;
  /** It is as written, because the kustomization that would change it could not be built. */
  isUnbuilt?: true;
  /** If it is to be rendered: whether all resulting objects are among the documents, or why not. Absent: rendering was not tried. */
  rendered?: "complete" | RenderGap | undefined;
  /** If it is to be rendered: the charts that it installs. Absent: unknown. */
  installs?: readonly Installed[];
}

/** A chart that is installed, with its values. */
export interface Installed {
  /** The chart's name, or an address that ends with it. */
  chart: string;
  /** The namespace it is installed in, if known. */
  namespace?: string;
  values: Readonly<Record<string, unknown>>;
}

/** A comment that starts with `meshfence-`. */
export interface LocatedComment extends Position {
  file: string;
  /** The text without `#` and surrounding spaces. */
  text: string;
  /** The start of the part of the document that it is about, and the end. */
  from: Position;
  to: Position;
}

/** Why the objects that something is rendered to are not among the documents, or may differ. */
export interface RenderGap {
  reason: string;
  /** The part of the reason that differs between objects; see `Unseen.detail`. */
  detail?: string | undefined;
  fix: string;
}

/** A value inside a document, such as an item of a List, as a document of its own. */
export function within(document: LocatedDocument, base: Path, value: unknown): LocatedDocument {
  const { file, comments, isFinal } = document;
  const position = (path: Path) => document.position([...base, ...path]);
  return { file, value, position, ...(isFinal && { isFinal }), ...(comments && { comments }) };
}
