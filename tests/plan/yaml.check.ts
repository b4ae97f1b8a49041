// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Pulumi's YAML fills in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meshfence } from "../support/meshfence";
import { project } from "./fixture";

for (const [value, message] of [
  ["${port}", /port depends on itself/],
  ["${ports[1]", /does not end/],
  ["{'fn::jion': ['-', [a, b]]}", /there is no function fn::jion/],
] as const)
  test(`a program in YAML with a port of ${value} is refused as by Pulumi`, () => {
    const root = project({
      "Pulumi.yaml": `name: shop\nruntime: yaml\nconfig: {ports: {type: array, default: [80, 90]}}\nvariables:\n  port: ${value}\noutputs: {port: "\${port}"}\n`,
    });
    const { status, stderr } = meshfence(["plan", "--program", root]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  });
