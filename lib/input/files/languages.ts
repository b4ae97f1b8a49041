import { helmfileFix } from "../manifests/helmfile";

/** A language whose programs print manifests, which only its own tool can run. */
export type Language = "jsonnet" | "cue" | "helmfile";

/** The language of a program's file; undefined for a file of none, and for what programs only import. */
export function languageOf(name: string): Language | undefined {
  if (/\.jsonnet$/.test(name)) return "jsonnet";
  if (/\.cue$/.test(name)) return "cue";
  return /^helmfile(\.d)?[^/]*\.ya?ml\.gotmpl$/.test(name) ? "helmfile" : undefined;
}

/** Whether a file is of a library that a package manager of these languages fetched: examples and tests among it make nothing here. */
export const isLibrary = (place: string): boolean => /(^|[\\/])(vendor|cue\.mod)[\\/]/.test(place);

/** What a program is called, and how to make its manifests seen. */
export const languages: { readonly [L in Language]: { what: string; fix: string } } = {
  jsonnet: { what: "jsonnet program", fix: "Give what it prints too, from `jsonnet FILE` or `tk show DIR`" },
  cue: { what: "CUE file", fix: "Give what it prints too, from `cue export --out yaml`" },
  helmfile: { what: "helmfile template", fix: helmfileFix },
};
