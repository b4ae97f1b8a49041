import { helmfileFix } from "../manifests/helmfile";

/** A language whose programs print manifests and need its own tool to run. */
export type Language = "jsonnet" | "cue" | "helmfile";

/** The language of a program's file. Undefined for other files, and for files that programs only import. */
export function languageOf(name: string): Language | undefined {
  if (/\.jsonnet$/.test(name)) return "jsonnet";
  if (/\.cue$/.test(name)) return "cue";
  return /^helmfile(\.d)?[^/]*\.ya?ml\.gotmpl$/.test(name) ? "helmfile" : undefined;
}

/** Whether a file is in a library that a package manager of these languages fetched. Its examples and tests generate nothing here. */
export const isLibrary = (place: string): boolean => /(^|[\\/])(vendor|cue\.mod)[\\/]/.test(place);

/** For each language, what its programs are called in messages, and how to include their manifests. */
export const languages: { readonly [L in Language]: { what: string; fix: string } } = {
  jsonnet: { what: "jsonnet program", fix: "Give its output too, from `jsonnet FILE` or `tk show DIR`" },
  cue: { what: "CUE file", fix: "Give its output too, from `cue export --out yaml`" },
  helmfile: { what: "helmfile template", fix: helmfileFix },
};
