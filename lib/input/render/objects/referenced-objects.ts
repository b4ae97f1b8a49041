import { getOrMake } from "../../../common/maps";
import type { LocatedDocument } from "../../manifests/document";
import { groupOf } from "../../manifests/kinds";
import { isRecord, memberAt } from "../../manifests/shape";

/** The identity of an object in a cluster. */
export interface Identity {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}

/** The identity of a document's object. Its namespace is `default` if none is given. Undefined if the document is not an object. */
export function identityOf({ value }: Pick<LocatedDocument, "value">): Identity | undefined {
  if (!isRecord(value) || typeof value.kind !== "string" || typeof value.apiVersion !== "string") return undefined;
  const [name, namespace] = [memberAt(value, ["metadata", "name"]), memberAt(value, ["metadata", "namespace"])];
  if (typeof name !== "string") return undefined;
  return {
    group: groupOf(value.apiVersion),
    kind: value.kind,
    name,
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : "default",
  };
}

/** Whether a document is encrypted with SOPS. */
export const isEncrypted = (value: unknown): boolean =>
  isRecord(value) && isRecord(value.sops) && ("mac" in value.sops || "lastmodified" in value.sops);

/** Objects that renderables refer to: sources, and ConfigMaps and Secrets with values. */
export class ReferencedObjects {
  private readonly byKey = new Map<string, LocatedDocument[]>();

  add(document: LocatedDocument): void {
    const identity = identityOf(document);
    if (identity === undefined) return;
    getOrMake(this.byKey, keyOf(identity), () => []).push(document);
  }

  find(kind: string, namespace: string, name: string): LocatedDocument | undefined {
    return this.byKey.get(keyOf({ kind, namespace, name }))?.[0];
  }

  /** The objects of a kind, in the order in which they were added. */
  ofKind(kind: string): LocatedDocument[] {
    return [...this.byKey.values()].flat().filter(({ value }) => memberAt(value, ["kind"]) === kind);
  }

  /** The objects of a kind with a label, in the order in which they were added. */
  labelled(kind: string, label: string, text: string): LocatedDocument[] {
    return [...this.byKey.values()]
      .flat()
      .filter(
        ({ value }) => memberAt(value, ["kind"]) === kind && memberAt(value, ["metadata", "labels", label]) === text,
      );
  }

  /**
   * The data of a ConfigMap or an unencrypted Secret. Undefined if the object is unknown or encrypted.
   */
  data(kind: string, namespace: string, name: string): Map<string, string> | undefined {
    const value = this.find(kind, namespace, name)?.value;
    if (!isRecord(value) || isEncrypted(value)) return undefined;
    const data = new Map<string, string>();
    const decode = (text: string) => (kind === "Secret" ? Buffer.from(text, "base64").toString("utf8") : text);
    for (const [key, text] of Object.entries(isRecord(value.data) ? value.data : {}))
      data.set(key, decode(String(text)));
    for (const [key, text] of Object.entries(isRecord(value.stringData) ? value.stringData : {}))
      data.set(key, String(text));
    return data;
  }

  /** The keys of an object whose values are encrypted with SOPS. Undefined if the object is unknown, or readable. */
  encryptedKeys(kind: string, namespace: string, name: string): string[] | undefined {
    const value = this.find(kind, namespace, name)?.value;
    if (!isRecord(value) || !isEncrypted(value)) return undefined;
    return [value.data, value.stringData].filter(isRecord).flatMap((data) => Object.keys(data));
  }
}

const keyOf = ({ kind, namespace, name }: Omit<Identity, "group">) => `${kind}/${namespace}/${name}`;
