import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Plugin } from "./plugins";

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string };
}

/** The plugins that the SDKs in the project's package.json need, at the installed versions. */
export function neededPlugins(projectRoot: string): Plugin[] {
  const own = read(path.join(projectRoot, "package.json"));
  const require = createRequire(path.join(projectRoot, "package.json"));
  const plugins = new Map<string, Plugin>();
  for (const dependency of Object.keys({ ...own?.dependencies, ...own?.devDependencies })) {
    const sdk = read(locate(require, dependency));
    if (sdk?.pulumi?.resource !== true) continue;
    const plugin = {
      name: sdk.pulumi.name ?? sdk.name.replace("@pulumi/", ""),
      version: sdk.pulumi.version ?? sdk.version,
    };
    plugins.set(plugin.name, plugin);
  }
  return [...plugins.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function locate(require: NodeJS.Require, dependency: string): string | undefined {
  try {
    return require.resolve(`${dependency}/package.json`);
  } catch {
    return undefined;
  }
}

function read(file: string | undefined): PackageJson | undefined {
  try {
    return file === undefined ? undefined : (JSON.parse(readFileSync(file, "utf8")) as PackageJson);
  } catch {
    return undefined;
  }
}
