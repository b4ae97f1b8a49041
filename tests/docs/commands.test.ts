import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { cli } from "../../lib/cli/main";
import { meshfence } from "../support/meshfence";
import { markdownFiles, proseOf, root } from "./markdown";

const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: { [name: string]: string };
};

/** Other programs, whose command lines in the documents are not checked here. */
const others = new Set(["kubectl", "kind", "docker", "pulumi", "linkerd", "export", "rm", "grep", "skopeo"]);

interface Line {
  where: string;
  command: string;
}

/** The commands of the documents: the lines of `sh` blocks, and `meshfence ...` or `npm run ...` in the text. */
function commandLines(): Line[] {
  return markdownFiles().flatMap((file) => [
    ...file.blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ text, line }) =>
        text
          .split("\n")
          .map((command, index) => ({ where: `${file.name}:${line + index}`, command }))
          .filter(({ command }) => command.trim() !== ""),
      ),
    ...[...proseOf(file).matchAll(/`((?:npx )?meshfence [a-z][^`]*|npm (?:run )?[a-z][^`]*)`/g)].map(
      ([, command = ""]) => ({
        where: file.name,
        command,
      }),
    ),
    ...file.blocks
      .filter(({ language }) => language === "console")
      .flatMap(({ text, line }) =>
        [...text.matchAll(/^\$ (.+)$/gm)].map(([, command = ""]) => ({ where: `${file.name}:${line}`, command })),
      ),
  ]);
}

/** What is wrong with a command, as far as that is clear without running it. */
function problemOf(command: string): string | undefined {
  const words = wordsOf(command.replace(/\s# .*$/, "").replace(/^[A-Z_]+=\S+ /, ""));
  const [program = "", ...rest] = words;
  if (others.has(program)) return undefined;
  if (program === "meshfence") return problemOfMeshfence(rest);
  if (program === "npx") return rest[0] === "meshfence" ? problemOfMeshfence(rest.slice(1)) : `npx ${rest[0]}`;
  if (program === "bash" || program === "node" || program === ".ci/run") {
    const file = program === ".ci/run" ? program : rest.find((word) => !word.startsWith("-"));
    return file !== undefined && readable(file) ? undefined : `there is no ${file}`;
  }
  if (program !== "npm") return `${program} is no command that the documents may use`;
  const [verb = "", ...more] = rest.filter((word) => word !== "--silent");
  if (["audit", "ci", "install", "pack", "version"].includes(verb)) return undefined;
  const [name, after] = verb === "run" ? [more[0] ?? "", more.slice(1)] : [verb, more];
  const script = scripts[name];
  if (script === undefined) return `package.json has no script ${name}`;
  const inner = /^node dist\/cli\/main\.js(?: (\w+))?$/.exec(script);
  if (inner === null) return undefined;
  return problemOfMeshfence([...(inner[1] === undefined ? [] : [inner[1]]), ...after.filter((word) => word !== "--")]);
}

function problemOfMeshfence([name = "", ...words]: string[]): string | undefined {
  const command = cli().commands.find((one) => one.name() === name);
  if (command === undefined) return `meshfence has no command ${name}`;
  for (const word of words) {
    const [flag = ""] = word.split("=");
    if (!/^-/.test(flag) || flag === "-" || ["--help", "-h"].includes(flag)) continue;
    if (!command.options.some(({ short, long }) => flag === short || flag === long))
      return `meshfence ${name} has no option ${flag}`;
  }
  return undefined;
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)].map(([word]) => word.replace(/^(['"])(.*)\1$/, "$2"));
}

function readable(file: string): boolean {
  try {
    return readFileSync(path.join(root, file)).length > 0;
  } catch {
    return false;
  }
}

test("every command and option in the documents exists", () => {
  const lines = commandLines();
  assert.ok(lines.length > 40, `${lines.length} commands`);
  const problems = lines.flatMap(({ where, command }) =>
    command.split(/ (?:&&|\|) /).flatMap((one) => {
      const problem = problemOf(one.trim());
      return problem === undefined ? [] : [`${where}: ${one.trim()}: ${problem}`];
    }),
  );
  assert.deepEqual(problems, []);
});

test("every option that the documents name without a command exists", () => {
  const known = new Set(["--help", ...cli().commands.flatMap(({ options }) => options.map(({ long }) => long))]);
  const named = markdownFiles().flatMap((file) =>
    [...proseOf(file).matchAll(/`(--[a-z-]+)/g)].map(([, option = ""]) => ({ where: file.name, option })),
  );
  assert.ok(named.length > 8, `${named.length} options`);
  assert.deepEqual(
    named.filter(({ option }) => !known.has(option)),
    [],
  );
});

test("commands print what the documents show", () => {
  const shown = markdownFiles().flatMap(({ name, blocks }) =>
    blocks.filter(({ language }) => language === "console").map((block) => ({ name, ...block })),
  );
  assert.ok(shown.length > 0);
  for (const { name, line, text } of shown) {
    const [, command = "", excerpt = ""] = /^\$ (.+)\n([\s\S]*)$/.exec(text) ?? [];
    const words = wordsOf(
      command.replace(/^npm run --silent (\w+)(?: --)?/, (_, script: string) =>
        script === "meshfence" ? "meshfence" : `meshfence ${script}`,
      ),
    );
    assert.equal(words[0], "meshfence", `${name}:${line}: only meshfence's own output is shown`);
    // Programs are in the repository, folders in the tests.
    const cwd = command.startsWith("npm ") ? root : path.join(__dirname, "fixtures");
    const { stdout } = meshfence(words.slice(1), { cwd });
    let at = 0;
    for (const piece of excerpt.split(/^ *…\n/m).filter((part) => part !== "")) {
      const found = stdout.indexOf(piece, at);
      assert.ok(found >= 0, `${name}:${line}: \`${command}\` does not print\n${piece}\nbut\n${stdout.slice(0, 3000)}`);
      at = found + piece.length;
    }
    if (!excerpt.includes("…")) assert.equal(stdout.trimEnd(), excerpt.trimEnd(), `${name}:${line}`);
  }
});
