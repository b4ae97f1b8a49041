import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod } from "../traffic/lines";

const good = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: a, image: a, ports: [{ containerPort: 80 }] }] }
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: web, namespace: shop }
spec: { endpointSelector: { matchLabels: { app: web } }, ingress: [{ fromEntities: [cluster] }] }
`;
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n";
const laughs = "bcdefghi".replace(/./g, (c, at: number) => `${c}: &${c} [${`*${"abcdefgh"[at]},`.repeat(9)}]\n`);
const shared = "bcdefghi".replace(
  /./g,
  (c, at: number) => `- &${c} {apiVersion: v1, kind: List, items: [${`*${"abcdefgh"[at]},`.repeat(9)}]}\n`,
);

/** Files that cannot be read whole as input, by name. */
const contents: Readonly<Record<string, string | Uint8Array>> = {
  "empty.yaml": "",
  "blank.yaml": "\n \n",
  "comments.yaml": "# nothing\n# here\n",
  "documents.yaml": "---\n---\n...\n",
  "null.yaml": "null\n",
  "scalar.yaml": "hello\n",
  "list.yaml": "[]\n",
  "object.json": "{}",
  "binary.yaml": Uint8Array.from({ length: 512 }, (_, at) => at % 256),
  "gzip.yaml": gzipSync(good),
  "utf16-without-mark.yaml": Buffer.from(good, "utf16le"),
  "half-utf16.yaml": Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00, 0xd8]),
  "nul.yaml": `${good}\0`,
  "latin1.yaml": Buffer.from(`${good}# größe`, "latin1"),
  "cut-utf8.yaml": Buffer.from(`${good}# ö`).subarray(0, -1),
  "lfs.yaml": pointer,
  "lfs-crlf.yaml": pointer.replaceAll("\n", "\r\n"),
  "broken.yaml": `${good}---\na: [\n`,
  "tab.yaml": `${good}---\na:\n\tb: 1\n`,
  "broken.json": '{"apiVersion": "v1", "kind": ',
  "two.json": '{"apiVersion": "v1"} x',
  "deep.yaml": "[".repeat(20_000),
  "deep.json": `{"kind": "x", "a": ${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
  "deep-object.json": `{"apiVersion": "v1", "a": ${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
  "deep-block.yaml": Array.from({ length: 400 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"),
  "deep-items.yaml": `${"- ".repeat(5_000)}x`,
  "deep-keys.yaml": `${"? ".repeat(5_000)}x`,
  "laughs.yaml": `a: &a [x,x,x,x,x,x,x,x,x]\n${laughs}`,
  "laughing-lists.yaml": `apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: List, items: []}\n${shared}`,
  "itself.yaml": "apiVersion: v1\nkind: List\nitems: &a [*a]\n",
  "template.yaml": "apiVersion: v1\nkind: {{ .x }}\n",
  "no-kind.yaml": "metadata: { name: x }\nspec: { endpointSelector: {}, ingress: [{}] }\n",
  "no-name.yaml": "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n",
  "text.txt": "hello",
};

export const root = temporaryDirectory();
const at = (...names: string[]) => path.join(root, ...names);
const socket = createServer();
/** The names of all such files, and of missing ones. */
const named = [...Object.keys(contents), "gone.yaml", "gone/x.yaml", "good.yaml/x.yaml"];
const others = [
  "dangling.yaml",
  "loop.yaml",
  "device.yaml",
  "never.yaml",
  "socket.yaml",
  "empty-folder",
  "folder-named-as-file",
  "folder-of-nothing",
  "folder-of-comments",
  "folder-of-other-json",
  "folder-of-dangling",
  "folder-of-loops",
  "folder-of-a-device",
  "folder-of-a-pipe",
  "folder-of-a-socket",
];

before(async () => {
  for (const [name, content] of Object.entries(contents)) writeFileSync(at(name), content);
  writeFileSync(at("good.yaml"), good);
  for (const folder of others.filter((name) => !name.endsWith(".yaml"))) mkdirSync(at(folder));
  mkdirSync(at("folder-named-as-file", "a.yaml"));
  writeFileSync(at("folder-of-nothing", "README.md"), "# Nothing");
  writeFileSync(at("folder-of-comments", "a.yaml"), "# nothing\n");
  writeFileSync(at("folder-of-other-json", "package.json"), '{"name": "x"}');
  for (const [link, target] of [
    ["dangling.yaml", "gone"],
    ["loop.yaml", "loop.yaml"],
    ["device.yaml", "/dev/zero"],
    ["folder-of-dangling/a.yaml", "gone"],
    ["folder-of-loops/a.yaml", "b.yaml"],
    ["folder-of-loops/b.yaml", "a.yaml"],
    ["folder-of-a-device/a.yaml", "/dev/zero"],
  ] as const)
    symlinkSync(target, at(link));
  execFileSync("mkfifo", [at("never.yaml"), at("ends.yaml"), at("folder-of-a-pipe", "a.yaml")]);
  // The path of a socket must be short.
  const short = path.join(temporaryDirectory(), "s");
  await new Promise<void>((resolve) => socket.listen(short, resolve));
  symlinkSync(short, at("socket.yaml"));
  symlinkSync(short, at("folder-of-a-socket", "a.yaml"));
  writeFileSync(
    at("flows.jsonl"),
    `${line({ from: pod("shop", "a", "10.0.0.1"), to: pod("shop", "web", "10.0.0.2"), port: 80 })}\n`,
  );
});
after(() => socket.close());

/** Every way to pass a file to a command, as a command line for a path. */
export const ways: Readonly<Record<string, (file: string) => string[]>> = {
  reach: (file) => ["reach", file],
  "reach beside what is good": (file) => ["reach", "good.yaml", file, "--format", "json"],
  "reach --scenario": (file) => ["reach", "good.yaml", "--scenario", file],
  "diff, before": (file) => ["diff", file, "good.yaml", "--fail-on", "closed"],
  "diff, after": (file) => ["diff", "good.yaml", file, "--fail-on", "opened"],
  "diff --traffic": (file) => ["diff", "good.yaml", "good.yaml", "--traffic", file],
  lint: (file) => ["lint", file],
  "lint --baseline": (file) => ["lint", "good.yaml", "--baseline", file],
  "lint --settings": (file) => ["lint", "good.yaml", "--settings", file],
  explain: (file) => ["explain", "world", "shop/web", "80", "good.yaml", file],
  "explain --scenario": (file) => ["explain", "world", "shop/web", "80", "good.yaml", "--scenario", file],
  replay: (file) => ["replay", file, "--traffic", "flows.jsonl"],
  "replay --traffic": (file) => ["replay", "good.yaml", "--traffic", file],
  "replay --traffic, beside what is good": (file) => [
    "replay",
    "good.yaml",
    "--traffic",
    "flows.jsonl",
    "--traffic",
    file,
  ],
  learn: (file) => ["learn", file, "--traffic", "flows.jsonl"],
  "learn --traffic": (file) => ["learn", "good.yaml", "--traffic", file],
  rollout: (file) => ["rollout", file, "--traffic", "flows.jsonl"],
  "rollout --traffic": (file) => ["rollout", "good.yaml", "--traffic", file],
};

/** Whether a file is valid for one way: settings may be empty, and a folder beside other input may contain other things. */
const isFine = (way: string, name: string) => (fine[way] ?? []).includes(name);

const otherThings = ["folder-of-comments", "folder-of-other-json"];
const fine: Readonly<Record<string, readonly string[]>> = {
  "reach beside what is good": otherThings,
  explain: otherThings,
  "lint --settings": ["empty.yaml", "blank.yaml", "comments.yaml", "null.yaml", "object.json"],
  "replay --traffic, beside what is good": [
    ...otherThings,
    "empty-folder",
    "folder-named-as-file",
    "folder-of-nothing",
  ],
};

/** What is wrong with how a command handles a file. */
export async function problemsOf(way: string, name: string): Promise<string[]> {
  const command = ways[way]?.(name) ?? [];
  const begun = Date.now();
  const { status, stderr } = await meshfenceShared([...command, "--max-wait", "0.05"], { cwd: root });
  const wrong = [];
  if (status !== (isFine(way, name) ? 0 : 2)) wrong.push(`status ${status}`);
  if (!isFine(way, name) && !stderr.includes(name)) wrong.push(`does not name it: ${stderr.slice(0, 200)}`);
  if (/\n {4}at /.test(stderr)) wrong.push(stderr);
  if (Date.now() - begun > 20_000) wrong.push("takes more than twenty seconds");
  return wrong.map((what) => `${way}, ${name}: ${what}`);
}

export const all = [...named, ...others];
