/**
 * The path that a probe's authorization is for: query and fragment are cut off. A path without a leading slash is taken for a host and
 * opens nothing, while the kubelet asks for it with a slash; one that is no URI at all gets no authorization.
 */
export function probePath(written: string): string | undefined {
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]+)?(.*)$/s.exec(written) ?? [];
  if (scheme === undefined && !rest.startsWith("/")) return undefined;
  const path = rest.split(/[?#]/, 1)[0] ?? "";
  if (!/^[!$-;=@-_a-z|~"{}\x7f-\uffff]*$/.test(path)) return undefined;
  return path === "" ? "/" : path;
}
