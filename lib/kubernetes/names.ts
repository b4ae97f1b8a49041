import type { Path, Problem } from "../common/problem";

/** A Kubernetes namespace is a DNS label (RFC 1123). */
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsLabelLength = 63;
/** Most objects' names are DNS subdomains. */
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dnsSubdomainLength = 253;

export function namespaceNameProblems(where: Path, name: string): Problem[] {
  return nameProblems(where, name, dnsLabel, dnsLabelLength, "a namespace");
}

export function objectNameProblems(where: Path, name: string): Problem[] {
  return nameProblems(where, name, dnsSubdomain, dnsSubdomainLength, "a Kubernetes object");
}

function nameProblems(where: Path, name: string, shape: RegExp, length: number, of: string): Problem[] {
  const problems: Problem[] = [];
  if (name.length > length) {
    problems.push({
      code: "too-long",
      path: where,
      message: `"${name}" has ${name.length} characters, and the name of ${of} may have ${length}`,
      fix: `shorten it, e.g. to "${name.slice(0, length).replace(/[^a-z0-9]+$/, "")}"`,
    });
  }
  if (!shape.test(name)) {
    const suggestion = name
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, "-")
      .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
    problems.push({
      code: "invalid-name",
      path: where,
      message: `"${name}" is not a name that ${of} can have`,
      fix: `use lower-case letters, digits and "-", beginning and ending with a letter or digit${suggestion && suggestion !== name ? `, e.g. "${suggestion}"` : ""}`,
    });
  }
  return problems;
}
