import Module from "node:module";

/**
 * Caches compiled code between runs: a plan spends most of its time compiling Pulumi's SDK.
 * Import it first, because it only affects modules that are loaded later.
 */
(Module as unknown as { enableCompileCache?: () => unknown }).enableCompileCache?.();
