import assert from "node:assert/strict";
import { test } from "node:test";
import { meshfence, meshfenceShared, type Said } from "../support/meshfence";
import { project, temporaryDirectory } from "./fixture";

/** The error of `meshfence plan` for a program that fails. */
const failure = (program: string): string => complaint(meshfence(["plan", "--program", program], { cwd: program }));

/** The same for a wrong project or wrong arguments, so that no program runs. */
const refusal = async (program: string, ...args: string[]): Promise<string> =>
  complaint(await meshfenceShared(["plan", "--program", program, ...args], { cwd: program }));

function complaint({ stdout, stderr, status }: Said): string {
  assert.equal(stdout, "");
  assert.equal(status, 2);
  assert.doesNotMatch(stderr, /^\s+at /m, "a stack trace");
  return stderr;
}

test("reports an error at its line of the program, with the lines around it", () => {
  const program = project({
    "index.ts": 'import { check } from "./check";\n\ncheck("x");\n',
    "check.ts": "export function check(value: string): void {\n  if (value) {\n    throw new Error(`bad`);\n  }\n}\n",
  });
  assert.equal(
    failure(program),
    "error: bad\n  check.ts:3:11\n    2 |   if (value) {\n  > 3 |     throw new Error(`bad`);\n    4 |   }\n",
  );
});

test("reports an error in an apply the same way", () => {
  const program = project({
    "index.ts": `import { ConfigMap } from "@pulumi/kubernetes/core/v1";
const config = new ConfigMap("config", { data: { a: "b" } });
config.data.apply((data) => data.missing!.length.toFixed());
`,
  });
  const said = failure(program);
  assert.match(said, /^error: Cannot read properties of undefined \(reading 'length'\)\n {2}index\.ts:3:\d+$/m);
});

test("reports what the engine refuses at the line that asked for it", () => {
  const program = project({
    "index.ts": `import { ConfigMap } from "@pulumi/kubernetes/core/v1";
new ConfigMap("same", {});
new ConfigMap("same", {});
`,
  });
  const said = failure(program);
  assert.match(said, /Duplicate resource URN '[^']*ConfigMap::same'; try giving it a unique name/);
  assert.match(said, /^ {2}index\.ts:[23]:1$/m);
});

test("an error about a resource names it; a RunError or hidden stack has no line", () => {
  const throwing = (error: string) =>
    project({
      "index.js": `const pulumi = require("@pulumi/pulumi");
        const it = new pulumi.ComponentResource("a:b:C", "it");
        throw new pulumi.${error};`,
    });
  assert.match(failure(throwing('ResourceError("no room", it)')), /^error: it \(a:b:C\): no room\n {2}index\.js:3:/);
  assert.equal(failure(throwing('ResourceError("no room", it, true)')), "error: it (a:b:C): no room\n");
  assert.equal(failure(throwing('RunError("no room")')), "error: no room\n");
});

test("reports a syntax error at its line", () => {
  const said = failure(project({ "index.ts": "const a = 1;\nconst b = ;\n" }));
  assert.match(said, /^error: Unexpected token\n {2}index\.ts:2:\d+\n/);
});

test("reports a missing module at its import", () => {
  const said = failure(project({ "index.ts": 'import { x } from "./nowhere";\nx();\n' }));
  assert.match(said, /^error: Cannot find module '\.\/nowhere'\n {2}index\.ts:1:\d+\n/);
});

test("a program that waits forever ends, and names what it waits for", () => {
  const said = failure(
    project({
      "index.ts": `import { ConfigMap } from "@pulumi/kubernetes/core/v1";
new ConfigMap("patient", { data: new Promise<{}>(() => {}) });
`,
    }),
  );
  assert.match(said, /before the following resource\nregistrations could complete:\n.*patient/);
});

test("reports anything that can be thrown", () => {
  assert.equal(failure(project({ "index.js": 'throw "just text";' })), "error: the program threw just text\n");
});

test("reports problems of project and arguments, with what to do", async () => {
  const empty = temporaryDirectory();
  assert.match(await refusal(empty), /there is no Pulumi\.yaml in .*--program takes the directory/);
  const program = project({ "index.js": "" });
  const nowhere = await meshfenceShared(["plan", "--program", `${empty}/nowhere`]);
  assert.match(nowhere.stderr, /there is no directory .*nowhere/);
  assert.match(
    await refusal(project({ "Pulumi.yaml": "name: x\nruntime: ../python\n" })),
    /"runtime" is "..\/python", which is not a Pulumi language/,
  );
  assert.match(
    await refusal(project({ "Pulumi.yaml": "name: x\nruntime: nodejs\nmain: gone.ts\n" })),
    /"main" is gone\.ts/,
  );
  assert.match(await refusal(project({ "Pulumi.yaml": "runtime: nodejs\n" })), /"name" must be/);
  assert.match(await refusal(project({ "Pulumi.yaml": "a: [\n" })), /Pulumi\.yaml is not valid YAML/);
  const wrong = await refusal(program, "--config", "novalue", "--config", "a=b", "--config", "=x");
  assert.match(wrong, /--config novalue: must be of the form key=value\n--config =x: must be/);
  assert.match(
    await refusal(project({ "Pulumi.dev.yaml": "config: [1]\n", "index.js": "" })),
    /"config" must be a map/,
  );
  assert.notEqual((await meshfenceShared(["plan", "--format", "xml"])).status, 0);
});
