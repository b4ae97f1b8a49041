import type { LocatedComment, LocatedDocument } from "../../input/manifests/document";
import { describeObject } from "../../input/manifests/objects";
import { memberAt } from "../../input/manifests/shape";
import type { Located } from "../located";
import { annotationIgnores, commentIgnore, type Ignore, ignoreAnnotation } from "./ignore";

/** The ignores of annotations and of comments. */
export function ignoresOf(
  { policies, authorization, workloads }: Located,
  comments: readonly LocatedComment[],
): Ignore[] {
  return [
    ...policies.flatMap(({ manifest: { kind, metadata }, source }) =>
      ofAnnotation(source, { kind, name: metadata.name, namespace: metadata.namespace }),
    ),
    ...authorization.flatMap(({ object, source: { document, kind, name } }) =>
      ofAnnotation(document, { kind, name, namespace: memberAt(object, ["metadata", "namespace"]) }),
    ),
    ...workloads.flatMap(({ source, endpoint: { namespace } }) =>
      source === undefined ? [] : ofAnnotation(source.document, { kind: source.kind, name: source.name, namespace }),
    ),
    ...comments.flatMap(ofComment),
  ];
}

function ofAnnotation(
  document: LocatedDocument,
  { kind, name, namespace }: { kind: string; name: string; namespace: unknown },
): Ignore[] {
  const path = ["metadata", "annotations", ignoreAnnotation];
  const value = memberAt(document.value, path);
  if (typeof value !== "string") return [];
  const object = describeObject({ kind, name, ...(typeof namespace === "string" && { namespace }) });
  const place = { file: document.file, ...document.position(path) };
  return annotationIgnores(value).map((ignore) => ({ ...ignore, place, about: { object } }));
}

function ofComment({ file, line, column, text, from, to }: LocatedComment): Ignore[] {
  const ignore = commentIgnore(text);
  return ignore === undefined ? [] : [{ ...ignore, place: { file, line, column }, about: { file, from, to } }];
}
