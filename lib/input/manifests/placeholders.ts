import { isRecord } from "./shape";

/** `${NAME}` and `${NAME:=default}`, which Flux and envsubst substitute before anything is applied. */
const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-=])([^${}]*))?\}/g;

/**
 * A placeholder for a value that is filled in later: `${NAME}` and `$NAME` of the shell and Flux, `${{NAME}}` of OpenShift, `$(NAME)` of Kustomize
 * and Kubernetes, `{{ }}` and `{% %}` of Helm and Jinja, `<% %>`, `#{NAME}`, `<path:…>` and `<name>` of Argo CD's Vault plugin, and values in a
 * Pulumi plan that are known only after the deployment. Invisible characters are not part of one.
 */
const placeholder =
  /\$\{\{[ -z|~]*\}\}|\$\{[A-Za-z_][ -z|~]*\}|\$\([A-Za-z_][\w.]*\)|\$[A-Z_][A-Z0-9_]+\b|\{\{[ -~]*?\}\}|\{%[ -~]*?%\}|<%[ -~]*?%>|#\{[ -z|~]+\}|<path:[ -;=?-~]*>|^<[A-Za-z][\w.-]*(?: *\|[ -;=?-~]*)?>$|\[known after [ -~]+\]|\[unknown\]|\[secret\]/g;

/** Whether a value, or any key or value inside it, contains a placeholder. */
export function hasPlaceholder(value: unknown): boolean {
  if (typeof value === "string") return /[$<{[#]/.test(value) && new RegExp(placeholder).test(value);
  if (Array.isArray(value)) return value.some(hasPlaceholder);
  return (
    isRecord(value) && Object.entries(value).some(([key, member]) => hasPlaceholder(key) || hasPlaceholder(member))
  );
}

/** Whether a name is valid apart from its placeholders, of which it has at least one. */
export function isPlaceholderName(name: string | undefined): boolean {
  return hasPlaceholder(name) && /^[a-z0-9.-]*$/.test((name ?? "").replace(placeholder, ""));
}

/** The distinct placeholders in a value, in order. */
export function placeholdersIn(value: unknown): string[] {
  if (typeof value === "string") return /[$<{[#]/.test(value) ? [...new Set(value.match(placeholder) ?? [])] : [];
  if (Array.isArray(value)) return [...new Set(value.flatMap(placeholdersIn))];
  if (!isRecord(value)) return [];
  const found = Object.entries(value).flatMap(([key, member]) => [...placeholdersIn(key), ...placeholdersIn(member)]);
  return [...new Set(found)];
}

/** Replaces variables that have a default by it. */
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

/** Describes the placeholders in a value: `the value of ${LAN_CIDR}`. */
export function placeholderWords(of: unknown): string {
  const names = placeholdersIn(of);
  return `the value${names.length === 1 ? "" : "s"} of ${names.join(", ")}`;
}

/** Describes a placeholder with the text around it, so that two states with different texts around the same placeholder differ. */
function valueWithin(key: string, value: string): string {
  const named = placeholderWords([key, value]);
  return hasPlaceholder(key) || value === placeholdersIn(value)[0] ? named : `${named} in ${JSON.stringify(value)}`;
}

/** The known members of a mapping, and for each unknown one, by key, what would have to be known. An unknown key is `*`. */
export function knownMembers(members: Readonly<Record<string, string>>): {
  known: Record<string, string>;
  unknown?: Record<string, string>;
} {
  const all = Object.entries(members);
  const unresolved = all.filter((member) => hasPlaceholder(member));
  if (unresolved.length === 0) return { known: members };
  const unknown = unresolved.map(([key, value]) => [hasPlaceholder(key) ? "*" : key, valueWithin(key, value)] as const);
  return {
    known: Object.fromEntries(all.filter((member) => !hasPlaceholder(member))),
    unknown: Object.fromEntries(unknown),
  };
}
