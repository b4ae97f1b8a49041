import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { some } from "../support/runs";
import { admissionDifferences, isAdmissionCase } from "./admission";

test("admission stores objects exactly as a live API server does", () => {
  const bytes = readFileSync(path.join(__dirname, "data/admission-sample.jsonl.gz"));
  const lines = gunzipSync(bytes).toString("utf8").trimEnd().split("\n");
  const cases = some(lines)
    .map((line) => JSON.parse(line) as object)
    .filter(isAdmissionCase);
  assert.equal(cases.length, some(lines).length);
  const differences = cases.flatMap((given) => admissionDifferences(given).map((text) => `${given.id}: ${text}`));
  assert.deepEqual(differences, []);
});
