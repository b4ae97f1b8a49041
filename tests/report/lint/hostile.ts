import { Severity } from "../../../lib/lint";
import type { LocatedFinding } from "../../../lib/lint/located";

const names = [
  "javascript:alert(1)",
  "//evil.example/x",
  "a b?c#d%20.yaml",
  "[click](http://evil.example)",
  "{0} {1}",
  '"]}\n<script>\u001b[31m\u202e',
  "::error::x",
];

/** Findings whose files, objects and messages contain what a format may take for its own syntax. */
export const hostileFindings: LocatedFinding[] = names.map((name, at) => ({
  rule: "deny-only",
  severity: Severity.Error,
  object: `CiliumNetworkPolicy ${name}`,
  data: { name },
  path: ["spec", name],
  message: `${name} is denied`,
  fix: `Write ${name}.`,
  file: `${at}/${name}`,
  line: at + 1,
  column: 1,
}));
