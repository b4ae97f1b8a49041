import { isRecord } from "./shape";

/** `${NAME}`, `${NAME:=default}`: what Flux and envsubst fill in before anything is applied. */
const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-=])([^${}]*))?\}/g;

/**
 * What stands for a value that is filled in later: the shell's and Flux's `${NAME}` and `$NAME`, OpenShift's `${{NAME}}`, Kustomize's and
 * Kubernetes' `$(NAME)`, `{{ }}` and `{% %}` of Helm and Jinja, `<% %>`, `#{NAME}`, `<path:…>` and `<name>` of Argo CD's Vault plugin, and
 * what a plan of Pulumi knows only afterwards. None of them has characters that are not seen.
 */
const placeholder =
  /\$\{\{[ -z|~]*\}\}|\$\{[A-Za-z_][ -z|~]*\}|\$\([A-Za-z_][\w.]*\)|\$[A-Z_][A-Z0-9_]+\b|\{\{[ -~]*?\}\}|\{%[ -~]*?%\}|<%[ -~]*?%>|#\{[ -z|~]+\}|<path:[ -;=?-~]*>|^<[A-Za-z][\w.-]*(?: *\|[ -;=?-~]*)?>$|\[known after [ -~]+\]|\[unknown\]|\[secret\]/g;

/** Whether a value, or a key or value within it, has a placeholder. */
export function hasPlaceholder(value: unknown): boolean {
  if (typeof value === "string") return /[$<{[#]/.test(value) && new RegExp(placeholder).test(value);
  if (Array.isArray(value)) return value.some(hasPlaceholder);
  return (
    isRecord(value) && Object.entries(value).some(([key, member]) => hasPlaceholder(key) || hasPlaceholder(member))
  );
}

/** Whether a name has placeholders, and nothing else that no name has. */
export function isPlaceholderName(name: string | undefined): boolean {
  return hasPlaceholder(name) && /^[a-z0-9.-]*$/.test((name ?? "").replace(placeholder, ""));
}

/** The placeholders of a value, each once, in their order. */
export function placeholdersIn(value: unknown): string[] {
  if (typeof value === "string") return /[$<{[#]/.test(value) ? [...new Set(value.match(placeholder) ?? [])] : [];
  if (Array.isArray(value)) return [...new Set(value.flatMap(placeholdersIn))];
  if (!isRecord(value)) return [];
  const found = Object.entries(value).flatMap(([key, member]) => [...placeholdersIn(key), ...placeholdersIn(member)]);
  return [...new Set(found)];
}

/** With the defaults of variables in their places. */
export function withDefaults(value: unknown): unknown {
  if (typeof value === "string") {
    if (!value.includes("${")) return value;
    return value.replaceAll(variable, (whole, _name, operator?: string, standard?: string) =>
      operator === undefined ? whole : (standard ?? ""),
    );
  }
  if (Array.isArray(value)) return value.map(withDefaults);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withDefaults(member)]));
}

/** `the value of ${LAN_CIDR}` */
export function placeholderWords(of: unknown): string {
  const names = placeholdersIn(of);
  return `the value${names.length === 1 ? "" : "s"} of ${names.join(", ")}`;
}

/** The same with the text around it, so that two states that write other texts around one value are told apart. */
function valueWithin(key: string, value: string): string {
  const named = placeholderWords([key, value]);
  return hasPlaceholder(key) || value === placeholdersIn(value)[0] ? named : `${named} in ${JSON.stringify(value)}`;
}

/** Members of a mapping that are known, and of the others, by key, what would have to be. The key of one whose key is not known is `*`. */
export function knownMembers(members: Readonly<Record<string, string>>): {
  known: Record<string, string>;
  unknown?: Record<string, string>;
} {
  const all = Object.entries(members);
  const loose = all.filter((member) => hasPlaceholder(member));
  if (loose.length === 0) return { known: members };
  const unknown = loose.map(([key, value]) => [hasPlaceholder(key) ? "*" : key, valueWithin(key, value)] as const);
  return {
    known: Object.fromEntries(all.filter((member) => !hasPlaceholder(member))),
    unknown: Object.fromEntries(unknown),
  };
}
