/**
 * Loads `@kubernetes/client-node` on demand: it is an ES module and takes most of a second to load. Other files only import its types.
 */
export async function loadLibrary() {
  const { noDeprecation } = process;
  // Through node-fetch 2 it loads Node's punycode, and Node 21 and newer print a warning that users cannot do anything about.
  process.noDeprecation = true;
  try {
    return await import("@kubernetes/client-node");
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation;
    else process.noDeprecation = noDeprecation;
  }
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;
export type KubeConfig = InstanceType<Library["KubeConfig"]>;
export type Status = InstanceType<Library["V1Status"]>;
