import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isRecord, memberAt } from "../../input/manifests/shape";
import type { Registration, SourcePosition } from "../../pulumi-engine";

/** More files than a program has, without its packages. */
const mostFiles = 5000;
const manifests = /\.(ya?ml|json)$/i;

/** Components of the Kubernetes package's first versions, whose children the program itself registers. */
const makers = /^kubernetes:(yaml:Config(File|Group)|kustomize:Directory|helm\.sh\/v[23]:Chart)$/;

/** The places of objects that the Kubernetes provider's functions returned to a program. The SDK registers them, so call sites do not help. */
export class WrittenAt {
  private readonly places = new Map<string, SourcePosition>();

  note(object: unknown, place: SourcePosition | undefined): void {
    if (place !== undefined) this.places.set(keyOf(object), place);
  }

  /** Records a resource that a file defines instead of code. */
  noteResource(type: string, name: string, place: SourcePosition): void {
    this.places.set(`${type} ${name}`, place);
  }

  /** The place of a resource that a file defines, or that such a component registered; undefined for any other. */
  placeOf(
    { inputs, type, name }: Pick<Registration, "inputs" | "type" | "name">,
    parentType: string | undefined,
  ): SourcePosition | undefined {
    const said = this.places.get(`${type} ${name}`);
    if (said !== undefined) return said;
    if (parentType === undefined || !makers.test(parentType)) return undefined;
    return this.places.get(keyOf(inputs));
  }
}

function keyOf(object: unknown): string {
  const metadata = memberAt(object, ["metadata"]);
  const { namespace, name } = isRecord(metadata) ? metadata : {};
  return JSON.stringify([memberAt(object, ["apiVersion"]), memberAt(object, ["kind"]), namespace ?? "", name]);
}

/** The file below a folder with exactly this text: a program that passes a text does not say where it read it. */
export function fileOfText(folder: string, text: string): string | undefined {
  const bytes = Buffer.from(text);
  let count = 0;
  const walk = (at: string): string | undefined => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (++count > mostFiles) return undefined;
      const file = path.join(at, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".git") {
        const found = walk(file);
        if (found !== undefined) return found;
      }
      if (!entry.isFile() || !manifests.test(entry.name) || statSync(file).size !== bytes.length) continue;
      if (readFileSync(file).equals(bytes)) return file;
    }
    return undefined;
  };
  try {
    return walk(folder);
  } catch {
    // Without it, only the place is missing.
    return undefined;
  }
}
