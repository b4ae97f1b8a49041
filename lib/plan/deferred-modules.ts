import Module from "node:module";
import path from "node:path";

type Load = (request: string, parent: NodeModule | undefined, isMain: boolean) => unknown;
const internals = Module as unknown as { _load: Load };

/**
 * What Pulumi's Node SDK loads at start and few programs ever use: the automation API, and what turns functions into text for dynamic
 * providers and callbacks of some clouds (npm's dependency solver, the TypeScript compiler). Together they are most of its loading time.
 */
const deferred: readonly { importer: string; request: string; callable?: boolean }[] = [
  { importer: "index.js", request: "./automation" },
  { importer: "typescript-shim.js", request: "typescript" },
  { importer: path.join("runtime", "closure", "codePaths.js"), request: "@npmcli/arborist" },
  { importer: path.join("runtime", "closure", "codePaths.js"), request: "normalize-package-data", callable: true },
];

let deferring = false;

/** Has those modules loaded when they are first used. Programs see no difference. */
export function deferUnusedModules(): void {
  if (deferring) return;
  deferring = true;
  const load = internals._load;
  internals._load = (request, parent, isMain) => {
    const importer = parent?.filename ?? "";
    const found = deferred.find(
      (each) => each.request === request && importer.endsWith(path.join("@pulumi", "pulumi", each.importer)),
    );
    if (found === undefined) return load(request, parent, isMain);
    // Whether it is there decides what the SDK does next, so this much cannot wait.
    Module.createRequire(importer).resolve(request);
    return whenUsed(() => load(request, parent, isMain) as object, found.callable === true);
  };
}

/**
 * A module that is loaded when anything is asked of it other than whether it is an ES module, which is what compiled imports ask first:
 * one whose members are used is said to be, so that they do not copy it, and one that is called is not.
 */
function whenUsed(load: () => object, callable: boolean): object {
  let loaded: object | undefined;
  const module = () => {
    loaded ??= load();
    return loaded;
  };
  return new Proxy(callable ? () => undefined : {}, {
    apply: (_, self, args) => Reflect.apply(module() as () => unknown, self, args),
    get: (_, key) => (key === "__esModule" && loaded === undefined ? !callable : Reflect.get(module(), key)),
    has: (_, key) => Reflect.has(module(), key),
    ownKeys: () => Reflect.ownKeys(module()),
    getOwnPropertyDescriptor: (_, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(module(), key);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}
