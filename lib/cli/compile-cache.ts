import Module from "node:module";

/**
 * Caches compiled code between runs: most of a plan's time goes into compiling Pulumi's SDK.
 * Imported first, since it only affects what is loaded after it.
 */
(Module as unknown as { enableCompileCache?: () => unknown }).enableCompileCache?.();
