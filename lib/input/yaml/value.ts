import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Path } from "../../common/problem";
import { plainScalar } from "./scalar";

/** A fault in a document, with its offset. */
export interface ValueFault {
  offset: number;
  code: "duplicate-key" | "invalid-key" | "alias" | "tag" | "number" | "form";
  message: string;
}

/** A document's value, as Go reads it. */
export interface ReadValue {
  value: unknown;
  faults: ValueFault[];
  /** The offset of the value at a path, or of the nearest enclosing one. For a member: that of its key. */
  offsetOf(path: Path): number | undefined;
}

/** How many times its written size a document may grow through aliases, beyond a number that is always allowed. */
const MOST_EXPANSION = 100;
const ALWAYS_ALLOWED = 10_000;

/**
 * The value of a parsed document, as in kubectl: scalars as go-yaml v2 resolves them, keys as sigs.k8s.io/yaml converts them to text, and merge keys
 * in their place, so that they override earlier members and later members override them. Takes time linear in the size of the document.
 */
export function readValue(document: Document.Parsed, text: string): ReadValue {
  const reader = new Reader(text);
  const { value } = reader.read(document.contents, false);
  return { value, faults: reader.faults, offsetOf: (path) => reader.offsetOf(document.contents, path) };
}

interface Made {
  value: unknown;
  /** The number of nodes, with aliases expanded. */
  size: number;
}

class Reader {
  readonly faults: ValueFault[] = [];

  /** The current node of each anchor. */
  private readonly anchors = new Map<string, Node>();
  private readonly targets = new Map<Alias, Node>();
  private readonly made = new Map<Node, Made>();
  /** The number of nodes as written. */
  private own = 0;
  private isTooLarge = false;

  constructor(private readonly text: string) {}

  /** @param inFlow Whether the node is within brackets. */
  read(node: unknown, inFlow: boolean): Made {
    if (node === null || node === undefined) return { value: null, size: 1 };
    if (isAlias(node)) return this.readAlias(node);
    const known = node as Node & { anchor?: string };
    this.own += 1;
    if (known.anchor !== undefined) {
      this.anchors.set(known.anchor, known);
      if (!/^[\w-]+$/.test(known.anchor))
        this.fault(
          known,
          "form",
          `has an anchor that kubectl refuses or reads otherwise; call it by letters and digits`,
        );
    }
    const made = this.readNode(known, inFlow);
    if (known.anchor !== undefined) this.made.set(known, made);
    return made;
  }

  private readNode(node: Node, inFlow: boolean): Made {
    this.checkTag(node);
    if (isMap(node)) return this.readMap(node, inFlow || node.flow === true);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, inFlow || node.flow === true));
      return { value: items.map(({ value }) => value), size: items.reduce((sum, { size }) => sum + size, 1) };
    }
    this.checkForm(node, inFlow);
    return { value: this.readScalar(node), size: 1 };
  }

  private readAlias(alias: Alias): Made {
    const target = this.anchors.get(alias.source);
    const made = target === undefined ? undefined : this.made.get(target);
    if (target === undefined || made === undefined) {
      const message = target === undefined ? `there is no anchor \`${alias.source}\` before it` : "contains itself";
      this.fault(alias, "alias", message);
      return { value: null, size: 1 };
    }
    this.targets.set(alias, target);
    if (made.size > MOST_EXPANSION * this.own + ALWAYS_ALLOWED) {
      if (!this.isTooLarge) this.fault(alias, "alias", "aliases expand this document far beyond its written size");
      this.isTooLarge = true;
      return { value: null, size: 1 };
    }
    return made;
  }

  private readMap(map: YAMLMap, inFlow: boolean): Made {
    const entries = new Map<string, unknown>();
    const written = new Set<string>();
    let size = 1;
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      if (isMerge(pair.key)) {
        for (const merged of this.readMerged(pair, inFlow)) {
          size += merged.size;
          for (const [key, value] of Object.entries(merged.value as Record<string, unknown>)) entries.set(key, value);
        }
        continue;
      }
      const key = this.readKey(pair.key, inFlow);
      const made = this.read(pair.value, inFlow);
      size += 1 + made.size;
      if (key === undefined) continue;
      if (written.has(key))
        this.fault(
          pair.key,
          "duplicate-key",
          `map keys must be unique: ${JSON.stringify(key)} is given twice, and the last counts`,
        );
      written.add(key);
      entries.set(key, made.value);
    }
    return { value: Object.fromEntries(entries), size };
  }

  /** The mappings that a merge key merges, in order of increasing precedence: of a list, the first one comes last. */
  private readMerged({ key, value }: Pair<Node | null, Node | null>, inFlow: boolean): Made[] {
    const node = this.resolved(value);
    const made =
      isSeq(node) && !isAlias(value)
        ? node.items.map((item) => this.read(item, inFlow)).reverse()
        : [this.read(value, inFlow)];
    const mappings = made.filter(
      (one) => typeof one.value === "object" && one.value !== null && !Array.isArray(one.value),
    );
    if (mappings.length < made.length) this.fault(key, "alias", "a merge key takes a mapping or a list of mappings");
    return mappings;
  }

  private readKey(node: Node | null, inFlow: boolean): string | undefined {
    const target = this.resolved(node);
    if (target !== null && !isScalar(target)) {
      this.fault(node, "invalid-key", "a key that is not plain text; Kubernetes only knows text keys");
      return undefined;
    }
    const { value } = this.read(node, inFlow);
    const end = node?.range?.[1] ?? 0;
    if (inFlow && isScalar(node) && node.type === "PLAIN" && /^:[,[\]{}]/.test(this.text.slice(end, end + 2)))
      this.fault(
        node,
        "form",
        "ends in a colon within brackets, which kubectl reads as part of the text; add a space after it",
      );
    if (value === null || (typeof value === "number" && !isSameText(value, target))) {
      this.fault(node, "invalid-key", "a key that is not plain text; Kubernetes only knows text keys");
      return undefined;
    }
    return String(value);
  }

  private resolved(node: Node | null): Node | null {
    return isAlias(node) ? (this.anchors.get(node.source) ?? null) : node;
  }

  private readScalar(node: Node): unknown {
    if (!isScalar(node)) return null;
    const text = String(node.value ?? "");
    if (node.type !== "PLAIN" || node.tag !== undefined) return text;
    const value = plainScalar(text);
    if (typeof value === "number" && !Number.isFinite(value)) {
      this.fault(node, "number", `${text} is a number that JSON does not have`);
    }
    return value;
  }

  /** Reports what go-yaml reads differently, or refuses. */
  private checkForm(node: Node, inFlow: boolean): void {
    if (!isScalar(node) || node.range === undefined || node.range === null) return;
    const written = this.text.slice(node.range[0], node.range[1]);
    if (node.type === "PLAIN" && inFlow && /^[?:]/.test(written))
      this.fault(node, "form", `begins with ${JSON.stringify(written[0])} within brackets; quote it`);
    if (node.type === "PLAIN" && !inFlow && /\n *\t/.test(written))
      this.fault(node, "form", "goes on in a line that begins with a tab, which YAML does not accept as indentation");
    if (node.type === "QUOTE_DOUBLE" && written.includes("\\"))
      for (const [found, letter, half] of written.matchAll(/\\([\s\S])([dD][89a-fA-F])?/g))
        if (letter === "/" || (letter === "u" && half !== undefined))
          this.fault(
            node,
            "form",
            `has the escape \`${found}\`, which kubectl refuses in YAML; write the character itself`,
          );
  }

  private checkTag(node: Node & { tag?: string }): void {
    const { tag } = node;
    if (tag === undefined || /^tag:yaml\.org,2002:(str|map|seq)$/.test(tag)) return;
    this.fault(node, "tag", `has the tag ${tag}; write the value without one`);
  }

  private fault(node: Node | null, code: ValueFault["code"], message: string): void {
    this.faults.push({ offset: node?.range?.[0] ?? 0, code, message });
  }

  offsetOf(root: unknown, path: Path): number | undefined {
    let node = root;
    let found: number | undefined;
    for (const part of path) {
      const at = isAlias(node) ? this.targets.get(node) : node;
      const next = isMap(at)
        ? this.member(at as YAMLMap, String(part))
        : isSeq(at)
          ? { place: at.items[Number(part)] as Node | undefined, value: at.items[Number(part)] }
          : undefined;
      const range = next?.place?.range;
      if (next === undefined || range === undefined || range === null) return found;
      found = range[0];
      node = next.value;
    }
    return found;
  }

  /** The effective member: the last one, written or merged. */
  private member(map: YAMLMap, key: string): { place: Node | undefined; value: unknown } | undefined {
    for (const { key: at, value } of ([...map.items] as Pair<Node | null, Node | null>[]).reverse()) {
      if (isMerge(at)) {
        const merged = isSeq(value) ? value.items : [value];
        for (const item of merged) {
          const target = isAlias(item) ? this.targets.get(item) : item;
          const found = isMap(target) ? this.member(target as YAMLMap, key) : undefined;
          if (found !== undefined) return found;
        }
      } else {
        const target = isAlias(at) ? this.targets.get(at) : at;
        if (isScalar(target) && String(this.readScalar(target)) === key) return { place: at ?? undefined, value };
      }
    }
    return undefined;
  }
}

/** Whether Go and JavaScript format a number equally. From a million on, Go formats those with a fraction or an exponent differently. */
function isSameText(value: number, node: unknown): boolean {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false;
  const written = isScalar(node) ? String(node.value) : "";
  return Math.abs(value) < 1e6 || !/^[-+]?[\d_]*\.|^[-+]?[\d_]+[eE]/.test(written);
}

function isMerge(key: Node | null): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<" && key.tag === undefined;
}
