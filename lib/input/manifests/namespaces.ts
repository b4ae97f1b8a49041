import { compareText } from "../../common/text";
import { INJECT_ANNOTATION } from "../../linkerd/wire/injection";
import type { NamespaceFacts } from "../../scenario/scenario";
import type { NamespaceMetadata } from "./injected-pod";
import { type NamespaceMesh, namespaceMeshOf } from "./namespace-mesh";
import { type KubernetesObject, metadataOf } from "./objects";
import { knownMembers } from "./placeholders";
import { type Faulty, stringMap } from "./typed-members";

/** Namespaces with their labels and annotations. One may be described twice: by itself, and by a patch that turns injection on. */
export class Namespaces implements NamespaceMetadata {
  readonly labels = new Map<string, Record<string, string>>();
  readonly annotations = new Map<string, Record<string, string>>();
  private readonly unknownLabels = new Map<string, Record<string, string>>();
  /** The object that a message about injection points to. */
  private readonly sources = new Map<string, KubernetesObject>();

  add(object: KubernetesObject, faulty: Faulty): void {
    const { name } = object;
    const metadata = metadataOf(object);
    const { known, unknown } = knownMembers(stringMap(metadata.labels, ["metadata", "labels"], faulty));
    this.labels.set(name, { ...this.labels.get(name), ...known });
    if (unknown !== undefined) this.unknownLabels.set(name, { ...this.unknownLabels.get(name), ...unknown });
    const annotations = stringMap(metadata.annotations, ["metadata", "annotations"], faulty);
    this.annotations.set(name, { ...this.annotations.get(name), ...annotations });
    if (INJECT_ANNOTATION in annotations || !this.sources.has(name)) this.sources.set(name, object);
  }

  facts(): NamespaceFacts[] {
    return [...this.labels]
      .map(([name, labels]) => {
        const unknownLabels = this.unknownLabels.get(name);
        return { name, labels, ...(unknownLabels && { unknownLabels }) };
      })
      .sort((a, b) => compareText(a.name, b.name));
  }

  /** What injection adds to the pods of namespaces, by namespace. */
  meshes(): Map<string, NamespaceMesh> {
    const meshes = new Map<string, NamespaceMesh>();
    for (const [name, source] of this.sources) {
      const metadata = { annotations: this.annotations.get(name) ?? {}, labels: this.labels.get(name) ?? {} };
      const mesh = namespaceMeshOf(source, metadata);
      if (mesh !== undefined) meshes.set(name, mesh);
    }
    return meshes;
  }
}
