import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "../../lib/cli/sandbox/stack-configuration";
import { findTarget } from "../../lib/cli/sandbox/target";
import { project } from "../plan/fixture";

const declared = `name: program
runtime: nodejs
config:
  ports: { type: array, items: { type: integer }, default: [80] }
  load: { type: object, default: {} }
  workers: { type: integer, default: 0 }
  token: { type: string, secret: true, default: none }
`;
const configured = (...config: string[]) => {
  const directory = project({ "index.ts": "", "Pulumi.yaml": declared });
  return configOf(findTarget({ program: directory, stack: "dev", config }));
};

test("passes lists and objects to Pulumi with the types that Pulumi.yaml declares, and secrets as secrets", () => {
  assert.deepEqual(
    configured("ports=[1,2]", 'load={"interval":"5s"}', "workers=2", "token=hush", "kubernetes:context=c"),
    {
      "program:ports": { value: "[1,2]", objectValue: [1, 2], secret: false },
      "program:load": { value: '{"interval":"5s"}', objectValue: { interval: "5s" }, secret: false },
      "program:workers": { value: "2", secret: false },
      "program:token": { value: "hush", secret: true },
      "kubernetes:context": { value: "c", secret: false },
    },
  );
});

test("refuses a list that is not JSON before Pulumi runs, with an example", () => {
  for (const value of ["9898", '{"a":1}', "[", "x"]) {
    const message = `--config program:ports: an array is written as JSON, e.g. '["a", "b"]'; this is ${value}`;
    assert.throws(() => configured(`ports=${value}`), { name: "UserError", message });
  }
  assert.throws(() => configured("load=[]"), { message: /an object is written as JSON, e\.g\. '\{"key": "value"\}'/ });
});
