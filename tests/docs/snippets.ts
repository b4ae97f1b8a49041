import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { markdownFiles, root } from "./markdown";

/** Where `npm run check` finds the documents' TypeScript, so that one program compiles it with everything else. Git ignores it. */
export const snippetFolder = path.join(root, "tests", "docs", "snippets");

/**
 * What a snippet of the documents may use without saying where it comes from: what meshfence exports, and a cluster with a few parts.
 * A snippet that imports anything says all of its imports.
 */
const prelude = {
  provider: 'declare const provider: import("@pulumi/kubernetes").Provider;',
  cilium: 'declare const cilium: import("meshfence").Cilium;',
  client: 'declare const client: import("meshfence").Workload;',
  server: 'declare const server: import("meshfence").Workload;',
  policies: 'declare const policies: import("meshfence").PolicyManifest[];',
};

/** The TypeScript of the documents as modules, by file name. Lines are those of the document, so that errors name them. */
export function snippets(): Map<string, string> {
  const exported = exportsOf(path.join(root, "lib", "index.ts"));
  const modules = new Map<string, string>();
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

const uses = (text: string, name: string) => new RegExp(`(?<![\\w"-]|(?<!\\.\\.)\\.)${name}\\b(?!["-]|:)`).test(text);
const declares = (text: string, name: string) => new RegExp(`\\b(const|let|function|class) ${name}\\b`).test(text);

/** The names that a module exports, those of `./policy` among them. */
function exportsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const named = [...text.matchAll(/^export (?:type )?\{([^}]+)\} from/gm)].flatMap(([, list = ""]) =>
    list.split(",").map((one) => one.trim().replace(/^type /, "")),
  );
  const whole = [...text.matchAll(/^export \* from "(.+)";/gm)].flatMap(([, folder = ""]) =>
    exportsOf(path.join(path.dirname(file), folder, "index.ts")),
  );
  return [...named, ...whole].filter((one) => one !== "");
}

/** What is in the folder, by file name. */
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
  // Only what differs: `npm test` compiles and compares at the same time.
  mkdirSync(snippetFolder, { recursive: true });
  const [before, now] = [written(), snippets()];
  for (const name of before.keys()) if (!now.has(name)) rmSync(path.join(snippetFolder, name));
  for (const [name, text] of now) if (before.get(name) !== text) writeFileSync(path.join(snippetFolder, name), text);
}
