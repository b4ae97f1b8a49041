import { labelKeyProblems, labelValueProblems } from "../../../kubernetes/label-syntax";
import type { Problems } from "../problems";
import { describe } from "./shape";

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Checks a DNS label (RFC 1123), such as the name of a namespace or a Service. */
export function checkDnsLabel(name: unknown, what: string, problems: Problems): void {
  if (!isText(name, what, problems)) return;
  if (name.length > 63) problems.add(`${what} has ${name.length} characters, at most 63 are allowed. Shorten it.`);
  else if (!dnsLabel.test(name)) suggestDns(name, what, problems);
}

/** Checks a DNS subdomain (RFC 1123), such as the name of a policy. */
export function checkDnsSubdomain(name: unknown, what: string, problems: Problems): void {
  if (!isText(name, what, problems)) return;
  if (name.length > 253) problems.add(`${what} has ${name.length} characters, at most 253 are allowed. Shorten it.`);
  else if (!name.split(".").every((part) => dnsLabel.test(part))) suggestDns(name, what, problems);
}

function suggestDns(name: string, what: string, problems: Problems): void {
  const fixed = name
    .toLowerCase()
    .replace(/[^-a-z0-9.]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  const rule = 'lower-case letters, digits and "-", with a letter or digit at both ends';
  const suggestion = fixed === "" || fixed === name ? "" : ` Did you mean "${fixed}"?`;
  problems.add(`${what} "${name}" may only have ${rule}.${suggestion}`);
}

/** Checks a label's key: a qualified name, optionally after a source of Cilium's, as in `k8s:app`. */
export function checkLabelKey(key: unknown, problems: Problems): void {
  if (!isText(key, "A label's key", problems)) return;
  if (key.startsWith("reserved:"))
    problems.add(`"${key}" is not a label of a pod. Use Peer.entity("${key.slice("reserved:".length)}").`);
  else for (const problem of labelKeyProblems(key)) problems.add(`${problem}.`);
}

/** Checks the key of a label on an object other than a pod. Only selectors of pods support a source, as in `k8s:app`. */
export function checkPlainLabelKey(key: string, problems: Problems): void {
  if (!key.includes(":")) checkLabelKey(key, problems);
  else
    problems.add(
      `"${key}" has a source, which only selectors of pods know. Did you mean "${key.replace(/^.*:/, "")}"?`,
    );
}

export function checkLabelValue(value: unknown, problems: Problems): void {
  if (typeof value !== "string") {
    const fix = typeof value === "number" || typeof value === "boolean" ? ` Did you mean "${value}", in quotes?` : "";
    problems.add(`A label's value must be a string, got ${describe(value)}.${fix}`);
  } else for (const problem of labelValueProblems(value)) problems.add(`${problem}.`);
}

function isText(value: unknown, what: string, problems: Problems): value is string {
  if (typeof value === "string" && value !== "") return true;
  problems.add(
    value === "" || value === undefined ? `${what} is missing.` : `${what} must be a string, got ${describe(value)}.`,
  );
  return false;
}
