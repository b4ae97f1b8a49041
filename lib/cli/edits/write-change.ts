import { readFileSync } from "node:fs";
import { createTwoFilesPatch } from "diff";
import { append } from "../../common/maps";
import type { Position } from "../../common/problem";
import { writeWhole } from "../../common/whole-file";
import type { LocatedDocument } from "../../input/manifests/document";
import { appendYaml, editObjects, editYaml } from "../../input/manifests/edit-yaml";
import type { LocatedPolicy } from "../../input/manifests/policies";
import type { PolicyObject } from "../../input/manifests/policy-objects";
import { isJson } from "../../input/manifests/written-values";
import type { ProposedChange } from "../../reachability/explain/change";
import type { Comment, Edit } from "../../reachability/explain/edits";
import type { HandEdit } from "../../report/explain/by-hand";

/** A file with the change applied. */
export interface EditedFile {
  file: string;
  before: string;
  after: string;
}

/** A change, written into the files. */
export interface WrittenChange {
  files: EditedFile[];
  /** Edits that cannot be written into a file: the object comes from a program or a chart, or the place is a YAML alias. */
  byHand: HandEdit[];
}

/** Where the objects that a change edits are written. */
export interface Written {
  policies: readonly Pick<LocatedPolicy, "document" | "manifest">[];
  /** Linkerd's authorization. */
  authorization: readonly Pick<PolicyObject, "source">[];
}

/**
 * Applies a change to the texts of the files that the policies came from. Nothing is saved.
 *
 * @param fallback The file for new objects if no file has objects like them. Default: a file named after the object.
 */
export function writeChange(
  { edits }: Pick<ProposedChange, "edits">,
  given: Written,
  fallback?: string,
): WrittenChange {
  const written: WrittenChange = { files: [], byHand: [] };
  const texts = new Map<string, EditedFile>();
  const fileOf = (file: string): EditedFile | undefined => {
    const known = texts.get(file) ?? openFile(file, file === fallback);
    if (known !== undefined) texts.set(file, known);
    return known;
  };
  const objects = [
    ...byPolicy(
      edits.filter(({ layer }) => layer === undefined),
      given.policies.map(({ document }) => document),
    ),
    ...byPolicy(
      edits.filter(({ layer }) => layer === "linkerd"),
      given.authorization.map(({ source }) => source.document),
    ),
  ];
  const byFile = new Map<string, EditedObject[]>();
  for (const one of objects) append(byFile, one.file, one);
  for (const [file, own] of byFile) {
    const target = fileOf(file);
    const failed = target === undefined ? own : applyEdits(target, own);
    written.byHand.push(...failed.flatMap(({ edits }) => edits.map((edit) => withPlace(edit, given))));
  }
  for (const edit of edits.filter(({ action }) => action === "create")) {
    const maker = targetByFence(edit, given);
    if (maker !== undefined) {
      written.byHand.push({ ...edit, at: maker, byFence: true });
      continue;
    }
    const target = fileOf(fileFor(edit, given, (file) => !isJson(fileOf(file)?.after ?? ""), fallback));
    const value = edit.values[0];
    if (target === undefined || typeof value !== "object" || value === null) written.byHand.push(edit);
    else target.after = appendYaml(target.after, value, edit.comments?.map(withinFirst));
  }
  written.files.push(...[...texts.values()].filter(({ before, after }) => before !== after));
  return written;
}

interface EditedObject {
  edits: Edit[];
  file: string;
  /** Where it begins. */
  at?: Position | undefined;
}

/** Edits objects of one file in one pass, since parsing is slow; if that fails, one by one, to find out which edit fails. */
function applyEdits(target: EditedFile, objects: readonly EditedObject[]): EditedObject[] {
  const placed = objects.flatMap(({ edits, at }) => (at === undefined ? [] : [{ edits, at }]));
  const isPlain =
    placed.length === objects.length && placed.every(({ edits }) => edits.every(({ action }) => action !== "remove"));
  const together = isPlain ? editObjects(target.after, placed) : undefined;
  if (together !== undefined) {
    target.after = together;
    return [];
  }
  // Last first, so that earlier positions stay valid: JSON may have everything on one line.
  const lastFirst = [...objects].sort(
    ({ at: a }, { at: b }) => (b?.line ?? 0) - (a?.line ?? 0) || (b?.column ?? 0) - (a?.column ?? 0),
  );
  return lastFirst.filter(({ edits, at }) => {
    const after = at && editYaml(target.after, at, edits);
    if (after !== undefined) target.after = after;
    return after === undefined;
  });
}

/** An edit of an object that a program creates, with its place in the program. */
function withPlace(edit: Edit, { policies, authorization }: Written): HandEdit {
  const { layer, policy } = edit;
  const document = layer === "linkerd" ? authorization[policy]?.source.document : policies[policy]?.document;
  if (document === undefined) return edit;
  return { ...edit, at: placeOf(document), ...(document.byFence === true && { byFence: true as const }) };
}

function placeOf(document: LocatedDocument): { file: string; line?: number } {
  const { line } = document.position([]);
  return { file: document.file, ...(line !== undefined && { line }) };
}

/** The place of the Fence that creates the target of a new authorization: an edge added there creates the authorization, too. */
function targetByFence({ layer, values }: Edit, { authorization }: Written): HandEdit["at"] {
  const { metadata, spec } = values[0] as {
    metadata: { namespace?: string };
    spec?: { targetRef?: { kind?: string; name?: string } };
  };
  const { kind, name } = spec?.targetRef ?? {};
  if (layer !== "linkerd" || name === undefined) return undefined;
  const target = authorization.find(
    ({ source }) => source.kind === kind && source.name === name && source.namespace === metadata.namespace,
  );
  return target?.source.document.byFence === true ? placeOf(target.source.document) : undefined;
}

/** Saves the files of a change. */
export function saveChange({ files }: WrittenChange): void {
  for (const { file, after } of files) writeWhole(file, after);
}

/** The change as a patch for `git apply` and `patch`. */
export function patchOf({ files }: WrittenChange): string {
  return files
    .map(({ file, before, after }) => {
      const from = before === "" ? "/dev/null" : `a/${file}`;
      return createTwoFilesPatch(from, `b/${file}`, before, after, undefined, undefined, { context: 3 }).replace(
        /^=+\n/,
        "",
      );
    })
    .join("");
}

/** The edits of each policy, with its place. */
function byPolicy(edits: readonly Edit[], documents: readonly LocatedDocument[]): EditedObject[] {
  const places = [...new Set(edits.filter(({ action }) => action !== "create").map(({ policy }) => policy))];
  return places.flatMap((place) => {
    const document = documents[place];
    if (document === undefined) return [];
    const { line, column } = document.position([]);
    const at: Position | undefined = line === undefined || column === undefined ? undefined : { line, column };
    return [
      { edits: edits.filter((edit) => edit.policy === place && edit.action !== "create"), file: document.file, at },
    ];
  });
}

/**
 * The file for a new policy: that of other policies in its namespace, so that it is applied with them.
 *
 * @param takes Whether a file can take another document; a JSON file cannot.
 */
function fileFor(
  { layer, values }: Edit,
  { policies, authorization }: Written,
  takes: (file: string) => boolean,
  fallback?: string,
): string {
  const { namespace, name } = (values[0] as { metadata: { namespace?: string; name: string } }).metadata;
  const ofCilium = policies.map(({ document, manifest: { metadata } }) => ({
    file: document.file,
    namespace: metadata.namespace ?? "default",
  }));
  const ofLinkerd = authorization.map(({ source }) => ({
    file: source.document.file,
    namespace: source.namespace ?? "default",
  }));
  // Preferably beside one of its own kind.
  const all = layer === "linkerd" ? [...ofLinkerd, ...ofCilium] : [...ofCilium, ...ofLinkerd];
  const readable = all.filter(({ file }) => /\.ya?ml$/i.test(file));
  const near =
    readable.find((one) => one.namespace === namespace && takes(one.file)) ?? readable.find(({ file }) => takes(file));
  return near?.file ?? fallback ?? `${name}.yaml`;
}

/** A comment, by its path within the first value of a list. */
const withinFirst = ({ path, lines }: Comment): Comment => ({ path: path.slice(1), lines });

/** @param isOurs Whether meshfence chose the name, so that it does not come from a manifest. */
function openFile(file: string, isOurs: boolean): EditedFile | undefined {
  try {
    const text = readFileSync(file, "utf8");
    return { file, before: text, after: text };
  } catch (error) {
    const isNew = (error as NodeJS.ErrnoException).code === "ENOENT" && (isOurs || /^[\w.-]+\.yaml$/.test(file));
    return isNew ? { file, before: "", after: "" } : undefined;
  }
}
