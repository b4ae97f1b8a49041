import Module from "node:module";

/**
 * Keeps compiled code between runs where Node can (22.1 and later): most of a plan's time goes into compiling Pulumi's SDK.
 * Imported before everything else, since it works on what is loaded after it.
 */
(Module as unknown as { enableCompileCache?: () => unknown }).enableCompileCache?.();
