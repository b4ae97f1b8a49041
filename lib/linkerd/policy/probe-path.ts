/**
 * The path that Linkerd authorizes for a probe, without query and fragment; undefined if Linkerd authorizes none. It takes a path without a leading
 * slash for a host, although the kubelet adds the slash, and ignores a path that is not a valid URI.
 */
export function probePath(written: string): string | undefined {
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]+)?(.*)$/s.exec(written) ?? [];
  if (scheme === undefined && !rest.startsWith("/")) return undefined;
  const path = rest.split(/[?#]/, 1)[0] ?? "";
  if (!/^[!$-;=@-_a-z|~"{}\x7f-\uffff]*$/.test(path)) return undefined;
  return path === "" ? "/" : path;
}
