import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../plan/fixture";
import { meshfenceShared } from "../../support/meshfence";

const policy = (name: string, from: string) =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: { endpointSelector: { matchLabels: { app: web } }, ingress: [{ ${from} }] }\n`;
const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }\nspec: { containers: [{ name: a, image: a, ports: [{ containerPort: 80 }] }] }\n`;
const shut = `${pod("web")}---\n${policy("web", "fromEndpoints: [{ matchLabels: { app: nobody } }]")}`;
const opens = policy("opens", "fromEntities: [all]");

const root = temporaryDirectory();
const nobody = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
const git = (args: readonly string[], input: string | Buffer = "", cwd = root) =>
  execFileSync("git", [...nobody, ...args], { cwd, input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] }).trim();
git(["init", "--quiet", "--initial-branch=main"]);
const blob = (text: string) => git(["hash-object", "-w", "--stdin"], text);
type Entry = readonly [mode: string, type: string, id: string, name: string | Buffer];
/** A git tree of these entries, even one that git would not write. */
const tree = (...entries: readonly Entry[]) =>
  git(
    ["mktree", "-z", "--missing"],
    Buffer.concat(
      entries.map(([mode, type, id, name]) =>
        Buffer.concat([Buffer.from(`${mode} ${type} ${id}\t`), Buffer.from(name), Buffer.from([0])]),
      ),
    ),
  );
const [shutId, openId, podId] = [blob(shut), blob(opens), blob(pod("other"))];
const base = ["100644", "blob", shutId, "shut.yaml"] as const;
const file = (name: string | Buffer, id = openId, mode = "100644") => [mode, "blob", id, name] as const;
const folder = (name: string, id = tree(file("o.yaml"))) => ["040000", "tree", id, name] as const;
const link = (name: string, target: string) => file(name, blob(target), "120000");
const first = git(["commit-tree", "-m", "x", tree(base)]);
const commit = (id: string) => git(["commit-tree", "-p", first, "-m", "x", id]);
const nothing = "1".repeat(40);

/** Nested folders whose path has this length. */
function deep(length: number): readonly [string, string, string, string] {
  const name = "d".repeat(100);
  let inside = folder(name);
  for (let at = name.length; at < length; at += name.length + 1) inside = folder(name, inside[2]);
  return inside;
}

const bytes = (...values: number[]) => Buffer.concat([Buffer.from("x"), Buffer.from(values), Buffer.from(".yaml")]);

/** Revisions to compare with that of the shut file: status 1 if the opening is found, 2 if something is reported as not seen or unreadable. */
const revisions: Readonly<Record<string, readonly [status: 1 | 2, words: RegExp, ...entries: Entry[]]>> = {
  "a file": [1, /found/, file("o.yaml")],
  "an executable": [1, /found/, file("o.yaml", openId, "100755")],
  "a mode that git no longer writes": [1, /found/, file("o.yaml", openId, "100664")],
  "a name that differs from another only in case": [1, /found/, file("SHUT.yaml")],
  "newline, tab and quotes in a name": [1, /found/, file("a\n\"\t\\'.yaml")],
  "names that are not UTF-8, the opening first": [1, /found/, file(bytes(0xfe)), file(bytes(0xff), podId)],
  "names that are not UTF-8, the opening last": [1, /found/, file(bytes(0xfe), podId), file(bytes(0xff))],
  "a link to a file whose name is not UTF-8": [
    1,
    /found/,
    file(Buffer.from([0xff]), openId),
    file("o.yaml", git(["hash-object", "-w", "--stdin"], Buffer.from([0xff])), "120000"),
  ],
  "names with one letter in two Unicode forms": [1, /found/, file("\u00e9.yaml", podId), file("e\u0301.yaml")],
  "a path of 4,000 bytes": [1, /found/, deep(4000)],
  "a link": [1, /found/, file("o.txt"), link("o.yaml", "o.txt")],
  "a link to a folder": [1, /found/, folder("o"), link("p", "o")],
  "a file whose attributes exclude, filter and re-encode it": [
    1,
    /found/,
    file("o.yaml"),
    file(
      ".gitattributes",
      blob("*.yaml export-ignore filter=evil diff=evil merge=evil working-tree-encoding=UTF-16 eol=crlf\n"),
    ),
  ],
  "a link that leads nowhere": [
    2,
    /o\.yaml: cannot be read: it links to what the revision does not have/,
    link("o.yaml", "gone"),
  ],
  "a link that leads out": [2, /o\.yaml: cannot be read: it links/, link("o.yaml", "/etc/hosts")],
  "a link into a submodule": [
    2,
    /o\.yaml: cannot be read: it links/,
    ["160000", "commit", nothing, "sub"],
    link("o.yaml", "sub/o.yaml"),
  ],
  "a submodule": [2, /submodule .*sub: a submodule's content/, ["160000", "commit", nothing, "sub"]],
  "a Git LFS pointer": [
    2,
    /Git LFS pointer/,
    file("o.yaml", blob("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")),
  ],
  "a git-annex pointer": [2, /git-annex pointer/, file("o.yaml", blob("/annex/objects/SHA256E-s1--0.yaml\n"))],
  "a git-annex link": [
    2,
    /o\.yaml: file .*o\.yaml: is a git-annex link, whose content is elsewhere/,
    link("o.yaml", ".git/annex/objects/aa/bb/SHA256E-s1--0.yaml/SHA256E-s1--0.yaml"),
  ],
  "a missing blob": [2, /cannot be read: git has no object 1{40}/, file("o.yaml", nothing)],
  "a missing folder": [2, /cannot be read: .*1{40}/, folder("o", nothing)],
  "a duplicate name": [
    2,
    /o\.yaml: cannot be read: the revision has this path more than once/,
    file("o.yaml"),
    file("o.yaml", podId),
  ],
  "a file and a folder of one name": [2, /more than once/, file("a.yaml", podId), folder("a.yaml")],
};
for (const [what, [status, words, ...entries]] of Object.entries(revisions))
  test(`in a revision, ${what} is read or reported`, async () => {
    const is = commit(
      tree(...[base, ...entries].sort(([, , , a], [, , , b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))),
    );
    const said = await meshfenceShared(["diff", "--git", first, is, "--fail-on", "opened"], { cwd: root });
    assert.equal(said.status, status, said.stderr + said.stdout);
    assert.match(said.stderr, words);
  });

/** A modified clone. */
async function inClone(of: string, change: (clone: string) => void, ...args: string[]) {
  const clone = temporaryDirectory();
  const branch = `b${of.slice(0, 12)}`;
  git(["branch", "--force", branch, of]);
  git(["clone", "--quiet", "--branch", branch, `file://${root}`, clone]);
  change(clone);
  return meshfenceShared(["diff", "--git", ...args, "--fail-on", "opened"], { cwd: clone });
}

test("ignores the replacement objects of this clone", async () => {
  const is = commit(tree(base, file("o.yaml")));
  for (const [old, other] of [
    [is, first],
    [openId, shutId],
  ] as const) {
    const said = await inClone(is, (clone) => git(["replace", old, other], "", clone), first, is);
    assert.equal(said.status, 1, said.stderr);
  }
});

test("ignores the grafts of this clone: a commit has its real parents", async () => {
  const is = commit(tree(base, file("o.yaml")));
  const graft = (clone: string) => {
    mkdirSync(path.join(clone, ".git", "info"), { recursive: true });
    writeFileSync(path.join(clone, ".git", "info", "grafts"), `${is} ${is}\n`);
  };
  assert.equal((await inClone(is, graft, `${is}^`, is)).status, 1);
});

test("names what a sparse checkout leaves out of the working tree", async () => {
  const is = commit(tree(base, folder("o")));
  const said = await inClone(is, (clone) => git(["sparse-checkout", "set", "p"], "", clone), first);
  assert.equal(said.status, 2, said.stderr);
  assert.match(said.stderr, /o\/o\.yaml: file o\/o\.yaml: is not in the working tree, which is a sparse checkout/);
});

test("names a submodule that is not checked out, even in the working tree alone", async () => {
  const said = await inClone(commit(tree(base, ["160000", "commit", first, "sub"])), () => undefined, first);
  assert.equal(said.status, 2, said.stderr);
  assert.match(said.stderr, /^ +sub: submodule sub: /m);
});

test("reports what a shallow or partial clone lacks, and fetches nothing", async () => {
  const is = commit(tree(base, file("o.yaml")));
  git(["branch", "--force", "lacking", is]);
  git(["config", "uploadpack.allowFilter", "true"]);
  const ran = path.join(temporaryDirectory(), "ran");
  for (const [how, words] of [
    ["--depth=1", /HEAD~1: is not a revision of this repository/],
    ["--filter=blob:none", /HEAD: cannot be read: (?!warning)/],
    ["--filter=tree:0", /cannot be read: (?!warning)/],
  ] as const) {
    const clone = temporaryDirectory();
    git(["clone", "--quiet", "--no-checkout", "--branch", "lacking", how, `file://${root}`, clone]);
    // Fetching would run a program that the clone configures.
    appendFileSync(
      path.join(clone, ".git", "config"),
      `[protocol "ext"]\nallow = always\n[remote "origin"]\nurl = "ext::touch ${ran}"\n`,
    );
    const said = await meshfenceShared(["diff", "--git", "HEAD~1", "HEAD", "--fail-on", "opened"], { cwd: clone });
    assert.equal(said.status, 2, `${how}: ${said.stderr}`);
    assert.match(said.stderr, words);
    assert.ok(!existsSync(ran), `${how}: a transport was started`);
  }
});

test("runs nothing that the repository configures", async () => {
  const ran = path.join(temporaryDirectory(), "ran");
  const evil = path.join(temporaryDirectory(), "evil");
  writeFileSync(evil, `#!/bin/sh\ntouch ${ran}\ncat\n`);
  chmodSync(evil, 0o755);
  const is = commit(tree(base, file("o.yaml"), file(".gitattributes", blob("* filter=evil diff=evil merge=evil\n"))));
  const elsewhere = temporaryDirectory();
  git(["branch", "--force", "configured", is]);
  git(["clone", "--quiet", "--bare", `file://${root}`, elsewhere]);
  const hooks = path.join(elsewhere, "hooks");
  mkdirSync(hooks, { recursive: true });
  for (const hook of ["post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"])
    writeFileSync(path.join(hooks, hook), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
  const settings = [
    ["core.bare", "false"],
    ["core.fsmonitor", evil],
    ["core.pager", evil],
    ["core.editor", evil],
    ["core.sshCommand", evil],
    ["diff.external", evil],
    ["diff.evil.command", evil],
    ["diff.evil.textconv", evil],
    ["filter.evil.smudge", evil],
    ["filter.evil.clean", evil],
    ["filter.evil.process", evil],
    ["filter.evil.required", "true"],
    ["credential.helper", `!${evil}`],
    ["alias.ls-tree", `!${evil}`],
    ["alias.rev-parse", `!${evil}`],
  ];
  for (const [key = "", value = ""] of settings) git(["config", key, value], "", elsewhere);
  const work = temporaryDirectory();
  // As `git worktree` and `git submodule` create it.
  writeFileSync(path.join(work, ".git"), `gitdir: ${elsewhere}\n`);
  git(["config", "core.worktree", work], "", elsewhere);
  writeFileSync(path.join(work, "shut.yaml"), shut);
  writeFileSync(path.join(work, "o.yaml"), opens);
  git(["read-tree", "configured"], "", elsewhere);
  rmSync(ran, { force: true });
  for (const after of [["configured"], []]) {
    const said = await meshfenceShared(["diff", "--git", first, ...after, "--fail-on", "opened"], { cwd: work });
    assert.equal(said.status, 1, said.stderr);
  }
  assert.ok(!existsSync(ran), "something of the repository was run");
});

test("reads objects that are kept in another repository", async () => {
  const is = commit(tree(base, file("o.yaml")));
  const work = temporaryDirectory();
  git(["init", "--quiet"], "", work);
  writeFileSync(path.join(work, ".git", "objects", "info", "alternates"), `${path.join(root, ".git", "objects")}\n`);
  const said = await meshfenceShared(["diff", "--git", first, is, "--fail-on", "opened"], { cwd: work });
  assert.equal(said.status, 1, said.stderr);
});

test("links in a working tree reveal nothing outside of its repository, and nothing of git's own", async () => {
  const outside = temporaryDirectory();
  writeFileSync(path.join(outside, "opens.yaml"), opens);
  writeFileSync(path.join(outside, "secret"), "[x]\nheader = Authorization: basic s3cret\n: |s3cret\n - *s3cret\n");
  for (const target of [
    path.join(outside, "opens.yaml"),
    path.join(outside, "secret"),
    ".git/config",
    "../x",
    ".git",
  ]) {
    const said = await inClone(
      first,
      (clone) => {
        git(["config", "http.extraHeader", "Authorization: basic s3cret"], "", clone);
        symlinkSync(target, path.join(clone, "link.yaml"));
      },
      first,
    );
    assert.equal(said.status, 2, target);
    assert.match(said.stderr, /^link\.yaml: cannot be read: it is a link that leads (out of the repository|nowhere)$/m);
    assert.doesNotMatch(said.stdout + said.stderr, /s3cret/);
  }
  const inside = await inClone(
    commit(tree(base, file("o.txt"))),
    (clone) => symlinkSync("o.txt", path.join(clone, "link.yaml")),
    first,
  );
  assert.equal(inside.status, 1, inside.stderr);
  // Outside of a repository, links may lead anywhere. Still, nothing is revealed of a file that is not a manifest.
  const { stderr } = await meshfenceShared(["reach", path.join(outside, "secret")], { cwd: outside });
  assert.match(stderr, /secret:\d+:\d+: /);
  assert.doesNotMatch(stderr, /s3cret/);
});
