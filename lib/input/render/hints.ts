import type { TextFile } from "../manifests/read";

/** What a file that makes others has in its text, or is called. */
const hints = /kustomize\.config\.k8s\.io|fluxcd\.io|argoproj\.io|helm\.cattle\.io|fluxcd\.controlplane\.io/;
export const nameHints =
  /(^|[/\\:])(kustomization\.ya?ml|Kustomization|Chart\.yaml|helmfile\.ya?ml)$|(^|[/\\:])helmfile\.d[/\\][^/\\]+\.ya?ml$/;

/** What a file has in its text of which an object makes others, or gives them values. */
export const objectHints =
  /fluxcd\.io|argoproj\.io\/|helm\.cattle\.io|fluxcd\.controlplane\.io|kind"?:\s*["']?(ConfigMap|Secret)\b/;

/** Whether there may be something to render. False is certain. */
export const makesOthers = (files: readonly TextFile[]): boolean =>
  files.some(({ file, text }) => nameHints.test(file) || hints.test(text));
