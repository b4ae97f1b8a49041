import { exactlyOne, isShape } from "../check/shape";
import type { Problems } from "../problems";
import type { PeerKind } from "./kind";

/** The addresses of a DNS name outside the cluster. */
export interface FqdnPeer {
  /** Tells the kinds of peers apart. */
  kind: "fqdn";
  /** A whole name (`api.example.com`), or a pattern: `*.example.com` is one label deep, `**.example.com` any depth. */
  fqdn:
    | {
        /** The whole name. */
        matchName: string;
      }
    | {
        /** A pattern, in which `*` stands for part of a label. */
        matchPattern: string;
      };
}

export const fqdnKind: PeerKind<FqdnPeer> = {
  member: "fqdn",
  onlyInEgress: {
    message: "a DNS name can only be allowed as the destination of egress",
    fix: "use Peer.cidr(…) or Peer.entity(Entity.World) here",
  },
  check: ({ fqdn }, _, problems) => checkFqdn(fqdn, problems.at("fqdn")),
  lists: ({ fqdn }) => ({ fqdns: [fqdn] }),
};

function checkFqdn(written: FqdnPeer["fqdn"], problems: Problems): void {
  if (!isShape(written, ["matchName", "matchPattern"], problems)) return;
  const fqdn: { matchName?: string; matchPattern?: string } = written;
  exactlyOne(
    fqdn,
    ["matchName", "matchPattern"],
    problems,
    'use Peer.fqdn("api.example.com") or Peer.fqdnPattern("*.example.com")',
  );
  for (const field of ["matchName", "matchPattern"] as const) {
    const name = fqdn[field];
    if (name === undefined) continue;
    const at = problems.at(field);
    const letters = field === "matchName" ? /^[-a-zA-Z0-9_]+$/ : /^[-a-zA-Z0-9_*]+$/;
    if (typeof name !== "string" || name === "")
      at.add("missing", "the DNS name is missing", 'give one such as "api.example.com"');
    else if (name.length > 255)
      at.add("too-long", `the DNS name has ${name.length} characters, and at most 255 are allowed`, "shorten it");
    else if (field === "matchName" && name.includes("*"))
      at.add("invalid-name", `"${name}" is a pattern`, `did you mean Peer.fqdnPattern("${name}")?`);
    else if (name.includes("://") || name.includes("/"))
      at.add(
        "invalid-name",
        `"${name}" is a URL, and a DNS name has neither scheme nor path`,
        `did you mean "${hostOf(name)}"?`,
      );
    else if (
      !name
        .replace(/\.$/, "")
        .split(".")
        .every((part) => letters.test(part))
    )
      at.add("invalid-name", `"${name}" is not a DNS name`, 'use one such as "api.example.com"');
    else if (/\.svc(\.cluster\.local)?\.?$/.test(name))
      at.add(
        "no-effect",
        `"${name}" resolves to an address inside the cluster, which a DNS rule never matches`,
        `use Peer.service("${name.split(".")[0]}", { namespace: "${name.split(".")[1]}" }) or Peer.endpoints(labels)`,
      );
  }
}

function hostOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//i, "").replace(/[/:].*$/, "");
}
