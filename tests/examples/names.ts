import path from "node:path";
import { Language, type Node, Parser } from "@vscode/tree-sitter-wasm";
import schema from "../../lib/plugin/schema.json";

/**
 * Checks that a program in C# or Java uses only what the SDK that Pulumi generates from the schema has. It parses the program and looks up each class,
 * property and enum member. Values are left to the compiler, in `run`.
 */

/** Namespaces and packages of the generated SDKs, as Pulumi derives them from the schema's namespace and name. */
const csharpNamespace = "Meshfence.Meshfence";
const javaPackage = "com.meshfence.meshfence";

interface ObjectType {
  properties?: object;
  enum?: { name: string }[];
}
const types = new Map<string, ObjectType>(Object.entries(schema.types).map(([token, type]) => [nameOf(token), type]));
const components = new Map<string, { inputProperties: object }>(
  Object.entries(schema.resources).map(([token, resource]) => [nameOf(token), resource]),
);

function nameOf(token: string): string {
  return token.split(":")[2] ?? token;
}

/** The members of a class, by their names in the schema; none for a class that the SDK lacks. */
function membersOf(className: string): Set<string> | undefined {
  const component = components.get(className.replace(/Args$/, ""));
  if (className.endsWith("Args") && component !== undefined) return new Set(Object.keys(component.inputProperties));
  const type = className.endsWith("Args") ? types.get(className.replace(/Args$/, "")) : undefined;
  return type?.properties === undefined ? undefined : new Set(Object.keys(type.properties));
}

/** What is wrong in a program, and how many names were looked up. */
export interface Names {
  problems: string[];
  checked: number;
}

class Lookup implements Names {
  readonly problems: string[] = [];
  checked = 0;

  expect(isThere: boolean, what: string, node: Node): void {
    this.checked += 1;
    if (!isThere) this.problems.push(`line ${node.startPosition.row + 1}: ${what}`);
  }

  enumMember(node: Node, type: string, member: string): void {
    const values = types.get(type)?.enum;
    if (values !== undefined)
      this.expect(
        values.some(({ name }) => name === member),
        `${type} has no ${member}`,
        node,
      );
  }
}

async function parse(grammar: string, source: string): Promise<Node> {
  await Parser.init();
  const folder = path.dirname(require.resolve("@vscode/tree-sitter-wasm"));
  const parser = new Parser().setLanguage(await Language.load(path.join(folder, `tree-sitter-${grammar}.wasm`)));
  const tree = parser.parse(source);
  if (tree === null || tree.rootNode.hasError) throw new Error(`no ${grammar}: ${tree?.rootNode.toString()}`);
  return tree.rootNode;
}

const all = (node: Node, type: string): Node[] => node.descendantsOfType(type).filter((found) => found !== null);
const text = (node: Node, field: string): string => node.childForFieldName(field)?.text ?? "";
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

export async function namesOfCsharp(source: string): Promise<Names> {
  const root = await parse("c-sharp", source);
  const lookup = new Lookup();
  const used = all(root, "using_directive").map((node) => node.namedChildren.at(-1)?.text ?? "");
  for (const namespace of [csharpNamespace, `${csharpNamespace}.Inputs`])
    lookup.expect(used.includes(namespace), `no using ${namespace}`, root);
  for (const created of all(root, "object_creation_expression")) {
    const name = text(created, "type");
    // From Pulumi's own SDKs, or from .NET.
    if (/^Kubernetes\.|^(Config|ComponentResourceOptions|Dictionary<.*>)$/.test(name)) continue;
    const members = membersOf(name);
    lookup.expect(members !== undefined || components.has(name), `there is no class ${name}`, created);
    for (const child of created.childForFieldName("initializer")?.namedChildren ?? []) {
      if (child === null || child.type !== "assignment_expression") continue;
      const member = text(child, "left");
      lookup.expect(members?.has(lowerFirst(member)) === true, `${name} has no ${member}`, child);
    }
  }
  for (const access of all(root, "member_access_expression"))
    lookup.enumMember(access, text(access, "expression"), text(access, "name"));
  return lookup;
}

export async function namesOfJava(source: string): Promise<Names> {
  const root = await parse("java", source);
  const lookup = new Lookup();
  for (const declaration of all(root, "import_declaration")) {
    const name = declaration.namedChildren[0]?.text ?? "";
    if (!name.startsWith(`${javaPackage}.`)) continue;
    const [, folder, className = ""] = /^(?:(enums|inputs)\.)?(\w+)$/.exec(name.slice(javaPackage.length + 1)) ?? [];
    const isThere =
      folder === "enums"
        ? types.get(className)?.enum !== undefined
        : folder === "inputs"
          ? membersOf(className) !== undefined
          : components.has(className.replace(/Args$/, ""));
    lookup.expect(isThere, `there is no ${name}`, declaration);
  }
  const others = ["ProviderArgs", "ComponentResourceOptions"];
  for (const call of all(root, "method_invocation")) {
    const name = text(call, "name");
    if (name === "build") continue;
    const builder = builderOf(call);
    if (builder === undefined || others.includes(builder)) continue;
    const members = membersOf(builder);
    if (name === "builder") lookup.expect(members !== undefined, `there is no class ${builder}`, call);
    else lookup.expect(members?.has(name) === true, `${builder} has no ${name}`, call);
  }
  for (const access of all(root, "field_access"))
    lookup.enumMember(access, text(access, "object"), text(access, "field"));
  return lookup;
}

/** The class whose builder starts a chain of calls: Port for Port.builder().number(…). */
function builderOf(call: Node): string | undefined {
  const object = call.childForFieldName("object");
  if (object === null) return undefined;
  if (text(call, "name") === "builder") return object.text;
  return object.type === "method_invocation" ? builderOf(object) : undefined;
}
