import assert from "node:assert/strict";
import type { Finding } from "../../lib/lint";
import { identityKey, identityOf } from "../../lib/lint/identity";

/** Asserts that the data of a rule's findings hold every fact of their messages, or a baseline would hide a new finding. */
export class Identities {
  private readonly messages = new Map<string, string>();

  check(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = identityKey(identityOf(finding));
      const content = `${finding.severity}: ${finding.message}`;
      assert.equal(this.messages.get(key) ?? content, content, `one identity, two messages: ${key}`);
      this.messages.set(key, content);
    }
  }
}
