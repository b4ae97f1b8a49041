import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs, { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mock, test } from "node:test";
import { readBounded } from "../../../lib/input/files/bounded";
import { readFiles, readPresentFiles } from "../../../lib/input/files/files";
import { readRevision } from "../../../lib/input/files/git";
import { RevisionTree } from "../../../lib/input/files/revision-tree";
import { readManifests } from "../../../lib/input/manifests/read";
import { temporaryDirectory } from "../../plan/fixture";

/** The files that are read in a new folder, relative to it. */
function readBelow(make: (at: (...names: string[]) => string) => void) {
  const folder = temporaryDirectory();
  make((...names) => path.join(folder, ...names));
  const { files, problems } = readFiles([folder]);
  return {
    files: files.map(({ file, text }) => [path.relative(folder, file), text]),
    problems: problems.map(({ file, message }) => `${path.relative(folder, file ?? "")}: ${message}`),
  };
}

test("follows links, and reads a file that is reachable twice only once, under its own path", () => {
  const { files, problems } = readBelow((at) => {
    mkdirSync(at("real", "deep"), { recursive: true });
    writeFileSync(at("real", "deep", "a.yaml"), "a: 1");
    writeFileSync(at("real", "b.txt"), "no manifest");
    symlinkSync("real", at("again"));
    symlinkSync("..", at("real", "deep", "cycle"));
    symlinkSync("real/deep/a.yaml", at("0.yaml"));
    symlinkSync("gone", at("dangling.yaml"));
    symlinkSync("gone", at("dangling"));
  });
  assert.deepEqual(files, [["real/deep/a.yaml", "a: 1"]]);
  assert.deepEqual(problems, ["dangling.yaml: cannot be read: it is a link that leads nowhere"]);
});

test("reads a linked folder outside as if it were inside", () => {
  const outside = temporaryDirectory();
  writeFileSync(path.join(outside, "p.yaml"), "p: 1");
  const { files } = readBelow((at) => symlinkSync(outside, at("policies")));
  assert.deepEqual(files, [["policies/p.yaml", "p: 1"]]);
});

test("accepts extensions in either case, and UTF-16 with a byte order mark", () => {
  const text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: größe}\n";
  const little = Buffer.from(`\uFEFF${text}`, "utf16le");
  const { files } = readBelow((at) => {
    writeFileSync(at("A.YAML"), text);
    writeFileSync(at("b.Json"), "{}");
    writeFileSync(at("little.yml"), little);
    writeFileSync(at("big.yml"), Buffer.from(little).swap16());
  });
  assert.deepEqual(files, [
    ["A.YAML", text],
    ["b.Json", "{}"],
    ["big.yml", text],
    ["little.yml", text],
  ]);
});

test("searches folders that link to each other once each", () => {
  const names = Array.from({ length: 30 }, (_, index) => `d${index}`);
  const { files } = readBelow((at) => {
    for (const name of names) {
      mkdirSync(at(name));
      writeFileSync(at(name, "a.yaml"), name);
    }
    for (const from of names) for (const to of names) symlinkSync(`../${to}`, at(from, `to-${to}`));
  });
  assert.deepEqual(
    files.map(([file]) => file),
    names.map((name) => `${name}/a.yaml`).sort(),
  );
});

test("a link to a folder's own parent does not lead out of it", () => {
  const outer = temporaryDirectory();
  mkdirSync(path.join(outer, "inner"));
  writeFileSync(path.join(outer, "inner", "a.yaml"), "");
  writeFileSync(path.join(outer, "b.yaml"), "");
  symlinkSync("..", path.join(outer, "inner", "up"));
  symlinkSync("/", path.join(outer, "inner", "root"));
  const { files } = readFiles([path.join(outer, "inner")]);
  assert.deepEqual(
    files.map(({ file }) => path.relative(outer, file)),
    ["inner/a.yaml"],
  );
});

test("folders that are named twice or contain each other are read once, and none counts as empty", () => {
  const folder = temporaryDirectory();
  mkdirSync(path.join(folder, "in"));
  writeFileSync(path.join(folder, "in", "a.yaml"), "");
  const { files, problems } = readFiles([folder, path.join(folder, "in"), folder]);
  assert.deepEqual([files.length, problems], [1, []]);
});

test("reports a file that is not text, and does not decode it as something else", () => {
  const { files, problems } = readBelow((at) => {
    writeFileSync(at("latin1.yaml"), Buffer.from("a: größe", "latin1"));
    writeFileSync(at("unmarked.yaml"), Buffer.from("a: b", "utf16le"));
    writeFileSync(at("half.yaml"), Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
  });
  assert.deepEqual(files, []);
  assert.deepEqual(problems, [
    "half.yaml: cannot be read: it is not all UTF-16; save it as UTF-8",
    "latin1.yaml: cannot be read: it is not all UTF-8; save it as UTF-8",
    "unmarked.yaml: cannot be read: it contains NUL, so it is not text in UTF-8; save it as UTF-8",
  ]);
});

test("reports a pipe in a folder, and does not wait for it", () => {
  const { files, problems } = readBelow((at) => void execFileSync("mkfifo", [at("pipe.yaml")]));
  assert.deepEqual(files, []);
  assert.deepEqual(problems, ["pipe.yaml: cannot be read: it is not a regular file"]);
});

test("reports objects in files that kubectl would not find", () => {
  const problemsOf = (text: string) =>
    readManifests([{ file: "x", text, found: true }]).problems.map(({ message }) => message);
  const namespace = '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}';
  assert.match(problemsOf(`[${namespace}]`).join(), /bare list of objects/);
  assert.match(problemsOf(`{"apiVersion": "v1", "kind": "List", "Items": [${namespace}]}`).join(), /without `items`/);
  assert.deepEqual(problemsOf("[1, 2]"), []);
  assert.deepEqual(problemsOf(`{"apiVersion": "v1", "kind": "List", "items": [${namespace}]}`), []);
});

test("follows a revision's links, through chains and folders, and refuses those that lead out or in circles", () => {
  const link = (at: string, target: string) => ({ path: at, id: `link ${at}`, target });
  const tree = new RevisionTree([
    { path: "base/a.yaml", id: "a" },
    { path: "base/deep/b.yml", id: "b" },
    link("env/one.yaml", "two"),
    link("env/two", "../base/a.yaml"),
    link("env/deep", "../alias/deep"),
    link("alias", "base"),
    link("env/self", "self"),
    link("env/up", ".."),
    link("env/out.yaml", "../../other"),
    { path: "env/.git/HEAD", id: "head" },
    { path: "env/.git/c.yaml", id: "c" },
  ]);
  assert.deepEqual(
    tree.manifests("env")?.files.map(({ file, id }) => [file, id]),
    [
      ["env/deep/b.yml", "b"],
      ["env/one.yaml", "a"],
    ],
  );
  assert.deepEqual(tree.manifests("env")?.lost, [{ file: "env/out.yaml", target: "../../other" }]);
  assert.deepEqual(
    tree.manifests("alias/a.yaml")?.files.map(({ id }) => id),
    ["a"],
  );
  assert.deepEqual(
    tree.manifests("")?.files.map(({ file }) => file),
    ["base/a.yaml", "base/deep/b.yml"],
  );
  assert.equal(tree.manifests("nosuch"), undefined);
  assert.equal(tree.manifests("env/self"), undefined);
});

test("JSON that is not a manifest may have comments if it was found, but not if it was named", () => {
  const problems = (text: string, found: boolean) =>
    readManifests([{ file: "tsconfig.json", text, found }]).problems.length;
  const commented = '{\n  // comment\n  "include": ["lib"],\n  "files": []\n}';
  assert.equal(problems(commented, true), 0);
  assert.ok(problems(commented, false) > 0);
  assert.ok(problems('{\n  // comment\n  "apiVersion": "v1", "kind": "Pod"\n  "files": {[}', true) > 0);
});

/** What is reported as not seen in a new folder. */
function passedBelow(make: (folder: string) => void): string[] {
  const folder = temporaryDirectory();
  make(folder);
  const { files } = readFiles([folder]);
  return readManifests(files).unseen.map(({ file, reason }) => `${path.relative(folder, file)}: ${reason}`);
}

test("reads hidden files, as kubectl does, but not git's own", () => {
  const { files } = readBelow((at) => {
    for (const name of [".git", ".hidden"]) {
      mkdirSync(at(name));
      if (name === ".git") writeFileSync(at(name, "HEAD"), "ref: refs/heads/main\n");
      writeFileSync(at(name, "a.yaml"), "a: 1");
    }
    writeFileSync(at(".b.yaml"), "b: 2");
    writeFileSync(at(".yaml"), "c: 3");
  });
  assert.deepEqual(files.map(([file]) => file).sort(), [".b.yaml", ".hidden/a.yaml", ".yaml"]);
});

test("reports packages, compressed files and LFS pointers as not seen", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
  const passed = passedBelow((folder) => {
    mkdirSync(path.join(folder, "node_modules"));
    writeFileSync(path.join(folder, "node_modules", "a.yaml"), "a: 1");
    writeFileSync(path.join(folder, "b.yaml.gz"), "");
    writeFileSync(path.join(folder, "c.yaml"), pointer);
  });
  assert.deepEqual(passed, [
    "b.yaml.gz: compressed files are not read",
    "c.yaml: is a Git LFS pointer, whose content is elsewhere",
    "node_modules: installed packages are not read",
  ]);
});

test("skips installed packages behind a link once, without a report if git ignores them", () => {
  const packages = temporaryDirectory();
  mkdirSync(path.join(packages, "a", "node_modules"), { recursive: true });
  writeFileSync(path.join(packages, "a", "x.yaml"), "x: 1");
  const link = (folder: string) => symlinkSync(packages, path.join(folder, "node_modules"));
  assert.deepEqual(passedBelow(link), ["node_modules: installed packages are not read"]);
  const git = (folder: string, ...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: "ignore" });
  const ignoring = (more: (folder: string) => void) => (folder: string) => {
    git(folder, "init", "--quiet");
    writeFileSync(path.join(folder, ".gitignore"), "node_modules\n");
    for (const name of ["", "a", "b"]) mkdirSync(path.join(folder, name, "node_modules"), { recursive: true });
    writeFileSync(path.join(folder, "b", "package.json"), "{}");
    writeFileSync(path.join(folder, "b", "node_modules", "b.yaml"), "b: 1");
    more(folder);
  };
  assert.deepEqual(passedBelow(ignoring(() => undefined)), []);
  // It is tracked all the same, so someone may apply it.
  assert.deepEqual(passedBelow(ignoring((folder) => git(folder, "add", "--force", "b"))), [
    "b/node_modules: installed packages are not read",
  ]);
});

test("reads a folder called .git that is not a repository", () => {
  const { files } = readBelow((at) => {
    mkdirSync(at(".git"));
    writeFileSync(at(".git", "a.yaml"), "a: 1");
    mkdirSync(at("real", ".git"), { recursive: true });
    writeFileSync(at("real", ".git", "HEAD"), "ref: refs/heads/main\n");
    writeFileSync(at("real", ".git", "x.yaml"), "x: 1");
  });
  assert.deepEqual(
    files.map(([file]) => file),
    [".git/a.yaml"],
  );
});

test("a link in a circle is skipped, and everything else is read", () => {
  const { files, problems } = readBelow((at) => {
    symlinkSync("x.yaml", at("x.yaml"));
    writeFileSync(at("y.yaml"), "y: 1");
  });
  assert.deepEqual([files, problems.length], [[["y.yaml", "y: 1"]], 1]);
});

test("quickly refuses devices, endless pipes and files that are too large", () => {
  const folder = temporaryDirectory();
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const large = path.join(folder, "large");
  writeFileSync(large, "x".repeat(2_000));
  const limits = { size: 1_000, wait: 50 };
  assert.throws(() => readBounded("/dev/zero", limits), /a regular file/);
  assert.throws(() => readBounded(large, limits), /larger than/);
  assert.throws(() => readBounded(pipe, limits), /nothing has come/);
  assert.equal(readBounded(large).length, 2_000);
  assert.match(readFiles(["/dev/zero"]).problems[0]?.message ?? "", /a regular file/);
});

test("a path outside the repository is refused for a revision, not read as empty", () => {
  const { failed, problems } = readRevision("HEAD", ["../elsewhere/../../x"]);
  assert.equal(failed, true);
  assert.match(problems[0]?.message ?? "", /not inside the repository/);
});

test("in a folder, skips files whose content is not a manifest, but no file that may be one", () => {
  const found = (file: string, text: string) =>
    readManifests([{ file, text, found: true }]).problems.map(({ code }) => code);
  assert.deepEqual(found("tsconfig.json", '// c\n{ "a": "//", /* "kind" */ "files": [1, ], }'), []);
  assert.deepEqual(found("x.json", '// c\n{ "api\\u0056ersion": "v1", "kind": "Pod", }').length > 0, true);
  assert.deepEqual(found("x.json", '{ "apiVersion": "v1" ').length > 0, true);
  assert.deepEqual(found("template.yaml", "Resources:\n  a: !Ref b\n"), []);
  assert.deepEqual(found("template.yaml", "kind: !Ref b\n").length > 0, true);
});

test("a named file without an object is a problem", () => {
  const codes = (found: boolean) =>
    readManifests([{ file: "a.yaml", text: "# nothing\n", found }]).problems.map(({ code }) => code);
  assert.deepEqual([codes(false), codes(true)], [["no-manifest"], []]);
});

/** Reads a new file that is written again on each read. */
function readWhile(write: (file: string, times: number) => void): { text: string; opened: number } {
  const file = path.join(temporaryDirectory(), "a.yaml");
  writeFileSync(file, "a: 1\n".repeat(40_000));
  const { readSync } = fs;
  let times = 0;
  const reads = mock.method(fs, "readSync", (...args: Parameters<typeof readSync>) => {
    const count = readSync(...args);
    write(file, ++times);
    return count;
  });
  const opens = mock.method(fs, "openSync");
  try {
    const text = Buffer.from(readBounded(file)).toString();
    return { text, opened: opens.mock.callCount() };
  } finally {
    reads.mock.restore();
    opens.mock.restore();
  }
}

test("a file that changes while it is read is read again", () => {
  const longer = (file: string, times: number) => times === 1 && appendFileSync(file, "b: 2\n");
  assert.deepEqual(readWhile(longer), { text: `${"a: 1\n".repeat(40_000)}b: 2\n`, opened: 2 });
  const shorter = (file: string, times: number) => times === 2 && writeFileSync(file, "a: 1\na: 1\n");
  assert.deepEqual(readWhile(shorter), { text: "a: 1\na: 1\n", opened: 2 });
  const other = (file: string, times: number) => times === 1 && writeFileSync(file, "b: 2\n".repeat(40_000));
  assert.deepEqual(readWhile(other), { text: "b: 2\n".repeat(40_000), opened: 2 });
  assert.deepEqual(readWhile(() => undefined).opened, 1);
});

test("reports a file that changes on every read", () => {
  assert.throws(() => readWhile((file) => appendFileSync(file, "b: 2\n")), /it changes while it is read/);
  assert.throws(() => readWhile((file) => rmSync(file, { force: true })), /it changes|ENOENT/);
});

test("reports a file that was deleted after its folder was listed", () => {
  const folder = temporaryDirectory();
  for (const name of ["a.yaml", "b.yaml"]) writeFileSync(path.join(folder, name), "a: 1\n");
  const { readdirSync } = fs;
  const lists = mock.method(fs, "readdirSync", (...args: Parameters<typeof readdirSync>) => {
    const entries = readdirSync(...args);
    rmSync(path.join(folder, "a.yaml"), { force: true });
    return entries;
  });
  const { files, problems } = readFiles([folder]);
  lists.mock.restore();
  assert.deepEqual(
    [files.map(({ file }) => path.basename(file)), problems.map(({ message }) => message)],
    [["b.yaml"], ["cannot be read: there is no such file or folder"]],
  );
});

test("git-annex links are reported in folders, by name, and in the working tree of a comparison", () => {
  const target = ".git/annex/objects/aa/bb/SHA256E-s1--0.yaml/SHA256E-s1--0.yaml";
  const below = (folder: string) => {
    mkdirSync(path.join(folder, "in"));
    symlinkSync(target, path.join(folder, "a.yaml"));
    symlinkSync(`../${target}`, path.join(folder, "in", "b.yaml"));
    symlinkSync(target.replace(".git", ".git/modules/sub"), path.join(folder, "c.yaml"));
  };
  const words = (file: string) => `${file}: is a git-annex link, whose content is elsewhere`;
  assert.deepEqual(passedBelow(below), ["a.yaml", "c.yaml", "in/b.yaml"].map(words));
  const folder = temporaryDirectory();
  below(folder);
  for (const read of [readFiles, readPresentFiles])
    assert.deepEqual(
      read([path.join(folder, "a.yaml")]).problems.map(({ message }) => message),
      ["cannot be read: it is a git-annex link, whose content is elsewhere; run `git annex get`"],
    );
});

test("a named link that leads nowhere does not count as a removed file", () => {
  const folder = temporaryDirectory();
  symlinkSync("gone", path.join(folder, "a.yaml"));
  writeFileSync(path.join(folder, "b.yaml"), "");
  const { problems, without } = readPresentFiles(
    ["a.yaml", "b.yaml/c.yaml", "d.yaml"].map((name) => path.join(folder, name)),
  );
  assert.deepEqual(
    problems.map(({ message }) => message),
    ["cannot be read: there is no such file or folder"],
  );
  assert.deepEqual(
    without.map((name) => path.relative(folder, name)),
    ["b.yaml/c.yaml", "d.yaml"],
  );
});

test("refuses more manifests than any repository has before memory runs out", () => {
  const of = (count: number) =>
    new RevisionTree(
      Array.from({ length: count }, (_, index) => ({ path: `d${index % 100}/f${index}.yaml`, id: "a" })),
    );
  assert.equal(of(1_000).manifests("")?.files.length, 1_000);
  assert.throws(() => of(200_001).manifests(""), /there are more than 200000 manifests in it; name the folders/);
});

test("reports a path that is longer than the file system allows", () => {
  const { problems } = readFiles([path.join(temporaryDirectory(), "d/".repeat(3_000))]);
  assert.deepEqual(
    problems.map(({ message }) => message),
    ["cannot be read: its path is longer than the file system allows"],
  );
});
