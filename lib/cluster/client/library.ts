/**
 * `@kubernetes/client-node` is an ES module and takes most of a second to load: only whoever connects to a cluster does, and its types are
 * taken from there.
 */
export async function loadLibrary() {
  const { noDeprecation } = process;
  // It still loads Node's punycode, by node-fetch 2, at which Node 21 and newer warn; whoever runs a command cannot do anything about it.
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
