import { type Decoded, object, optional, string } from "./decode";

/** A reference from one of Linkerd's objects to another: by group, kind and name, and by namespace if it may cross namespaces. */
export const targetRef = object({
  group: optional(string),
  kind: string,
  name: string,
  namespace: optional(string),
});

export type TargetRef = Decoded<typeof targetRef>;

/** Group and kind are compared without case; no group, an empty one and `core` are the same. */
export function targetsKind(ref: { group?: string | undefined; kind: string }, group: string, kind: string): boolean {
  const given = ref.group === undefined || ref.group === "" ? "core" : ref.group;
  return sameText(given, group === "" ? "core" : group) && sameText(ref.kind, kind);
}

/** `Kind.group`, as the policy controller writes it. */
export function canonicalKind(ref: { group?: string | undefined; kind: string }): string {
  return ref.group === undefined ? ref.kind : `${ref.kind}.${ref.group}`;
}

/** Equal without regard to the case of ASCII letters. */
export function sameText(a: string, b: string): boolean {
  return a.length === b.length && lower(a) === lower(b);
}

function lower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
