import type { TextFile } from "../manifests/read";

/** Matches the text of a file that has to be rendered. */
const hints = /kustomize\.config\.k8s\.io|fluxcd\.io|argoproj\.io|helm\.cattle\.io|fluxcd\.controlplane\.io/;
/** Matches the name of a file that has to be rendered. */
export const nameHints =
  /(^|[/\\:])(kustomization\.ya?ml|Kustomization|Chart\.yaml|helmfile\.ya?ml)$|(^|[/\\:])helmfile\.d[/\\][^/\\]+\.ya?ml$/;

/** Matches the text of a file with an object that has to be rendered, or that may hold values for one. */
export const objectHints =
  /fluxcd\.io|argoproj\.io\/|helm\.cattle\.io|fluxcd\.controlplane\.io|kind"?:\s*["']?(ConfigMap|Secret)\b/;

/** Whether any file may have to be rendered. A cheap search in the text: false is certain, true is not. */
export const needsRendering = (files: readonly TextFile[]): boolean =>
  files.some(({ file, text }) => nameHints.test(file) || hints.test(text));
