import { pinned } from "../common/versions";

/**
 * What to do where `@pulumi/kind` cannot be loaded, or undefined where it can. `resolve` finds a module's file, or throws.
 *
 * npm 12 runs the install script that compiles a local SDK only where package.json allows it, so there are two ways to be without it.
 */
export function missingSdk(resolve: (module: string) => string): string | undefined {
  if (found("@pulumi/kind", resolve)) return undefined;
  if (found("@pulumi/kind/package.json", resolve))
    return (
      "meshfence/kind: @pulumi/kind is there, but was not compiled when it was installed. Add " +
      `"allowScripts": { "file:sdks/kind": true } to package.json and run: npm rebuild @pulumi/kind`
    );
  return (
    "meshfence/kind needs @pulumi/kind, which no registry has: each project generates its own. In the folder of your Pulumi.yaml run: " +
    `pulumi package add terraform-provider tehcyx/kind ${pinned.kindProvider}. On a cluster that you bring, you need neither: import from meshfence alone`
  );
}

function found(module: string, resolve: (module: string) => string): boolean {
  try {
    resolve(module);
    return true;
  } catch {
    return false;
  }
}

const missing = missingSdk(require.resolve);
if (missing !== undefined) throw new Error(missing);
