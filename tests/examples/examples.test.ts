import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import manifest from "../../package.json";
import { root } from "../docs/markdown";
import { namesOfCsharp, namesOfJava } from "./names";

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** The program of each language, in the order of Pulumi's pages, and the language of its code block there. */
const programs = [
  { language: "typescript", block: "ts", file: "examples/typescript/index.ts" },
  { language: "python", block: "python", file: "examples/python/__main__.py" },
  { language: "go", block: "go", file: "examples/go/main.go" },
  { language: "csharp", block: "csharp", file: "examples/csharp/Program.cs" },
  { language: "java", block: "java", file: "examples/java/src/main/java/shop/App.java" },
  { language: "yaml", block: "yaml", file: "examples/yaml/Pulumi.yaml" },
];

test("the Pulumi Registry's overview shows each language's program as it is built", () => {
  const file = path.join(root, "docs/_index.md");
  const choices = programs.map(({ language, block, file: program }) => {
    const fence = `\`\`\`${block}\n${read(program).trimEnd()}\n\`\`\``;
    return `{{% choosable language ${language} %}}\n\n${fence}\n\n{{% /choosable %}}\n`;
  });
  const languages = programs.map(({ language }) => language).join(",");
  const chooser = `{{< chooser language "${languages}" >}}\n${choices.join("")}{{< /chooser >}}`;
  const between = /\{\{< chooser [\s\S]*\{\{< \/chooser >\}\}/;
  const written = readFileSync(file, "utf8");
  assert.match(written, between);
  const expected = written.replace(between, () => chooser);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, expected);
  assert.equal(readFileSync(file, "utf8"), expected, "docs/_index.md is not current: npm run goldens");
});

test("the programs in C# and Java use only members of the schema's SDKs", async () => {
  const csharp = await namesOfCsharp(read("examples/csharp/Program.cs"));
  assert.deepEqual(csharp.problems, []);
  assert.ok(csharp.checked > 20, `${csharp.checked}`);
  const java = await namesOfJava(read("examples/java/src/main/java/shop/App.java"));
  assert.deepEqual(java.problems, []);
  assert.ok(java.checked > 25, `${java.checked}`);
});

test("finds names that the SDKs lack, with their lines", async () => {
  const csharp = read("examples/csharp/Program.cs");
  const java = read("examples/java/src/main/java/shop/App.java");
  const problemsOf = async (change: (source: string) => string) => [
    (await namesOfCsharp(change(csharp))).problems.map((problem) => problem.replace(/^line \d+: /, "")),
    (await namesOfJava(change(java))).problems.map((problem) => problem.replace(/^line \d+: /, "")),
  ];
  assert.deepEqual(
    await problemsOf((source) => source.replace("Number = 8080", "Numbr = 8080").replace(".number(", ".numbr(")),
    [["PortArgs has no Numbr"], ["PortArgs has no numbr"]],
  );
  assert.deepEqual(await problemsOf((source) => source.replace("Protocol.Tcp", "Protocol.TCP")), [
    ["Protocol has no TCP"],
    ["Protocol has no TCP"],
  ]);
  assert.deepEqual(
    await problemsOf((source) =>
      source
        .replace(/new FenceEdgeArgs\b/, "new FenceEdgesArgs")
        .replace("inputs.FenceEdgeArgs;", "inputs.FenceEdgesArgs;"),
    ),
    [
      [
        "there is no class FenceEdgesArgs",
        "FenceEdgesArgs has no From",
        "FenceEdgesArgs has no To",
        "FenceEdgesArgs has no Ports",
      ],
      ["there is no com.meshfence.meshfence.inputs.FenceEdgesArgs"],
    ],
  );
  const { problems } = await namesOfCsharp(csharp.replace("Meshfence.Meshfence.Inputs", "Pulumi.Meshfence.Inputs"));
  assert.deepEqual(problems, ["line 1: no using Meshfence.Meshfence.Inputs"]);
});

test("each example is one project, and requests the plugin as the documents do", () => {
  for (const { language, file } of programs) {
    const [, folder = ""] = /^examples\/(\w+)\//.exec(file) ?? [];
    const project = parse(read(`examples/${folder}/Pulumi.yaml`));
    assert.equal(project.name, "shop", language);
    if (language === "typescript") continue;
    const source = `github.com/meshfence/meshfence/lib/plugin@${manifest.version}`;
    assert.deepEqual(project.packages, { meshfence: source }, language);
  }
});
