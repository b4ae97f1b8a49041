/**
 * The name of a source of traffic that is safe to print: without everything before the last `@`, since an unescaped password may contain anything, and
 * without its query, where some gateways take keys.
 */
export const withoutPassword = (name: string): string =>
  /^\w+:\/\//.test(name) ? name.replace(/^(\w+:\/\/).*@/s, "$1").replace(/\?.*$/s, "?…") : name;
