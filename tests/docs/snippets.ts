import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { markdownFiles, root } from "./markdown";

/** The folder in which `npm run check` finds the documents' TypeScript, to compile it with everything else. Git ignores it. */
export const snippetFolder = path.join(root, "tests", "docs", "snippets");

/**
 * What a snippet without imports may use: meshfence's exports, and a cluster with a few parts. A snippet with any import must have all
 * of them.
 */
const prelude = {
  provider: 'declare const provider: import("@pulumi/kubernetes").Provider;',
  cilium: 'declare const cilium: import("meshfence").Cilium;',
  client: 'declare const client: import("meshfence").Workload;',
  server: 'declare const server: import("meshfence").Workload;',
  policies: 'declare const policies: import("meshfence").PolicyManifest[];',
  scenario: 'declare const scenario: import("meshfence/reachability").Scenario;',
  podinfo: 'declare const podinfo: import("meshfence").Workload;',
  linkerd: 'declare const linkerd: import("meshfence").Linkerd;',
  fence: 'declare const fence: import("meshfence").Fence;',
  shop: 'declare const shop: import("@pulumi/kubernetes").apps.v1.Deployment;',
  database: 'declare const database: import("@pulumi/kubernetes").apps.v1.Deployment;',
};

/** The documents' TypeScript as modules, by file name. Line numbers are those of the document, so that errors name them. */
export function snippets(): Map<string, string> {
  const exported = [...exportsOf(path.join(root, "lib", "index.ts")).keys()];
  const modules = new Map<string, string>();
  for (const [name, text] of examples()) modules.set(name, text);
  for (const { name, blocks } of markdownFiles()) {
    for (const { language, text, line } of blocks) {
      if (language !== "ts") continue;
      const imports = /^import /m.test(text) ? [] : exported.filter((one) => uses(text, one));
      const given = Object.entries(prelude).filter(([one]) => uses(text, one) && !declares(text, one));
      const head = [
        ...(imports.length > 0 ? [`import { ${imports.join(", ")} } from "meshfence";`] : []),
        ...given.map(([, declaration]) => declaration),
        "export {};",
      ].join(" ");
      modules.set(`${name.replaceAll("/", "-")}-${line}.ts`, `${head}${"\n".repeat(line - 1)}${text}`);
    }
  }
  return modules;
}

/** The modules that a program can import, with the file of their exports. */
const faces: readonly (readonly [module: string, file: string])[] = [
  ["meshfence", "lib/index.ts"],
  ["meshfence/kind", "lib/kind/index.ts"],
  ["meshfence/manifests", "lib/manifests/index.ts"],
  ["meshfence/reachability", "lib/reachability/index.ts"],
];

/** The `@example`s of meshfence's exports, as modules like those of the documents. */
function examples(): Map<string, string> {
  const exported = faces.map(([module, file]) => [module, exportsOf(path.join(root, file))] as const);
  const faceOf = (name: string) => exported.find(([, names]) => names.has(name))?.[0];
  const modules = new Map<string, string>();
  for (const { file, name, text } of documented()) {
    if (text === undefined || !isPublic(file, name)) continue;
    const isWhole = /^import /m.test(text);
    const names = [...new Set(text.match(/\b[A-Za-z]\w*\b/g) ?? [])];
    const used = isWhole ? [] : names.filter((one) => uses(text, one) && !declares(text, one));
    const imports = exported.flatMap(([module, known]) => {
      const own = used.filter((one) => known.has(one) && faceOf(one) === module);
      return own.length === 0 ? [] : [`import { ${own.join(", ")} } from "${module}";`];
    });
    const given = Object.entries(prelude).filter(([one]) => !isWhole && uses(text, one) && !declares(text, one));
    const head = [...imports, ...given.map(([, declaration]) => declaration), "export {};"].join(" ");
    modules.set(`${file.replaceAll("/", "-").replace(/\.ts$/, "")}-${name}.ts`, `${head}\n${text}`);
  }
  return modules;
}

const publicNames = new Set(
  faces.flatMap(([, face]) =>
    [...exportsOf(path.join(root, face))].map(([name, file]) => `${path.relative(root, file)} ${name}`),
  ),
);
const isPublic = (file: string, name: string) => publicNames.has(`lib/${file} ${name}`);

/** A class, function or set of constructors that a file exports, with the example in its documentation. */
export interface Documented {
  file: string;
  name: string;
  /** Undefined if it has none. */
  text: string | undefined;
}

/** The classes, functions and sets of constructors of the TypeScript library, without those of Pulumi's other languages. */
export function documented(): Documented[] {
  const files = readdirSync(path.join(root, "lib"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/^(plugin|page)\//.test(file))
    .sort();
  return files.flatMap((file) => {
    const code = readFileSync(path.join(root, "lib", file), "utf8");
    const declared =
      /^(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:(?:async |abstract )?(?:class|function) (\w+)|const (\w+) = \{$)/gm;
    // An enumeration's members are its documentation.
    const ours = [...code.matchAll(declared)].filter(({ 1: comment = "" }) => !comment.includes("@enum"));
    return ours.map(({ 1: comment = "", 2: own = "", 3: name = own }) => ({
      file,
      name,
      text: comment
        .replace(/\s*\*\/\s*$/, "")
        .split("@example")[1]
        ?.replace(/^.*\n/, "")
        .replace(/^ \* ?/gm, ""),
    }));
  });
}

/** The members of {@link documented} that a program can import and that have no example. */
export function withoutExample(): string[] {
  return documented()
    .filter(({ file, name, text }) => text === undefined && isPublic(file, name))
    .map(({ file, name }) => `lib/${file}: ${name}`);
}

const uses = (text: string, name: string) => new RegExp(`(?<![\\w"-]|(?<!\\.\\.)\\.)${name}\\b(?!["-]|:)`).test(text);
const declares = (text: string, name: string) => new RegExp(`\\b(const|let|function|class) ${name}\\b`).test(text);

/** The names that a module exports, each with the file that declares it. */
function exportsOf(file: string): Map<string, string> {
  const text = readFileSync(file, "utf8");
  const moduleAt = (name: string) => {
    const at = path.join(path.dirname(file), name);
    return existsSync(`${at}.ts`) ? `${at}.ts` : path.join(at, "index.ts");
  };
  const own = [...text.matchAll(/^export (?:class|function|const|interface|type) (\w+)/gm)].map(
    ([, name = ""]) => [name, file] as const,
  );
  const named = [...text.matchAll(/^export (?:type )?\{([^}]+)\} from "(.+)";/gm)].flatMap(
    ([, list = "", from = ""]) => {
      const declared = exportsOf(moduleAt(from));
      return list
        .split(",")
        .map((one) => one.trim().replace(/^type /, ""))
        .filter((one) => one !== "")
        .map((name) => [name, declared.get(name) ?? moduleAt(from)] as const);
    },
  );
  const whole = [...text.matchAll(/^export (?:type )?\* from "(.+)";/gm)].flatMap(([, from = ""]) => [
    ...exportsOf(moduleAt(from)),
  ]);
  return new Map([...whole, ...named, ...own]);
}

/** The contents of the folder, by file name. */
export function written(): Map<string, string> {
  let names: string[];
  try {
    names = readdirSync(snippetFolder);
  } catch {
    names = [];
  }
  return new Map(names.map((name) => [name, readFileSync(path.join(snippetFolder, name), "utf8")]));
}

if (require.main === module) {
  // Write only what differs, since `npm test` compiles and compares at the same time.
  mkdirSync(snippetFolder, { recursive: true });
  const [before, now] = [written(), snippets()];
  for (const name of before.keys()) if (!now.has(name)) rmSync(path.join(snippetFolder, name));
  for (const [name, text] of now) if (before.get(name) !== text) writeFileSync(path.join(snippetFolder, name), text);
}
