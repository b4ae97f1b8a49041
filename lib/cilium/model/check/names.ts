import { labelKeyProblems, labelValueProblems } from "../../../kubernetes/label-syntax";
import type { Problems } from "../problems";
import { describe } from "./shape";

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Checks a DNS label (RFC 1123), such as the name of a namespace or a Service. */
export function checkDnsLabel(name: unknown, what: string, problems: Problems): void {
  if (!isText(name, what, problems)) return;
  if (name.length > 63) addTooLong(name, 63, what, problems);
  else if (!dnsLabel.test(name)) suggestDns(name, what, problems);
}

/** Checks a DNS subdomain (RFC 1123), such as the name of a policy. */
export function checkDnsSubdomain(name: unknown, what: string, problems: Problems): void {
  if (!isText(name, what, problems)) return;
  if (name.length > 253) addTooLong(name, 253, what, problems);
  else if (!name.split(".").every((part) => dnsLabel.test(part))) suggestDns(name, what, problems);
}

function addTooLong(name: string, most: number, what: string, problems: Problems): void {
  problems.add("too-long", `${what} has ${name.length} characters, and at most ${most} are allowed`, "shorten it");
}

function suggestDns(name: string, what: string, problems: Problems): void {
  const fixed = name
    .toLowerCase()
    .replace(/[^-a-z0-9.]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  const rule = 'lower-case letters, digits and "-", with a letter or digit at both ends';
  const suggestion = fixed === "" || fixed === name ? "rename it" : `did you mean "${fixed}"?`;
  problems.add("invalid-name", `${what} "${name}" may only have ${rule}`, suggestion);
}

/** Checks a label's key: a qualified name, optionally after a source of Cilium's, as in `k8s:app`. */
export function checkLabelKey(key: unknown, problems: Problems): void {
  if (!isText(key, "the label's key", problems)) return;
  if (key.startsWith("reserved:"))
    problems.add(
      "invalid-label",
      `"${key}" is not a label of a pod`,
      `use Peer.entity("${key.slice("reserved:".length)}")`,
    );
  else for (const problem of labelKeyProblems(key)) problems.add("invalid-label", problem);
}

/** Checks the key of a label on an object other than a pod. Only selectors of pods support a source, as in `k8s:app`. */
export function checkPlainLabelKey(key: string, problems: Problems): void {
  if (!key.includes(":")) checkLabelKey(key, problems);
  else
    problems.add(
      "invalid-label",
      `"${key}" has a source, which only selectors of pods know`,
      `did you mean "${key.replace(/^.*:/, "")}"?`,
    );
}

export function checkLabelValue(value: unknown, problems: Problems): void {
  if (typeof value !== "string") {
    const isScalar = typeof value === "number" || typeof value === "boolean";
    const fix = isScalar ? `did you mean "${value}", in quotes?` : 'use text such as "web"';
    problems.add("invalid-label", `a label's value must be a string, got ${describe(value)}`, fix);
  } else for (const problem of labelValueProblems(value)) problems.add("invalid-label", problem);
}

function isText(value: unknown, what: string, problems: Problems): value is string {
  if (typeof value === "string" && value !== "") return true;
  if (value === "" || value === undefined) problems.add("missing", `${what} is missing`, "give one");
  else problems.add("invalid-type", `${what} must be a string, got ${describe(value)}`, 'use text such as "web"');
  return false;
}
