import Module from "node:module";
import path from "node:path";

type Load = (request: string, parent: NodeModule | undefined, isMain: boolean) => unknown;
const internals = Module as unknown as { _load: Load };

/**
 * Modules that Pulumi's Node SDK loads at start although few programs use them: the automation API, and the serialization of functions for
 * dynamic providers and some clouds' callbacks (npm's dependency solver, the TypeScript compiler). They take most of its loading time.
 */
const deferred: readonly { importer: string; request: string; callable?: boolean }[] = [
  { importer: "index.js", request: "./automation" },
  { importer: "typescript-shim.js", request: "typescript" },
  { importer: path.join("runtime", "closure", "codePaths.js"), request: "@npmcli/arborist" },
  { importer: path.join("runtime", "closure", "codePaths.js"), request: "normalize-package-data", callable: true },
];

let deferring = false;

/** Defers those modules until they are first used. Programs see no difference. */
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
    // Resolve it now, because the SDK behaves differently if a module is missing.
    Module.createRequire(importer).resolve(request);
    return whenUsed(() => load(request, parent, isMain) as object, found.callable === true);
  };
}

/**
 * A stand-in that loads the module on first access to anything but `__esModule`, which compiled imports read first. A module whose
 * members are used reports true, so that imports do not copy it; one that is called reports false.
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
