// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells fill them in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import type { Manifests } from "../../../../lib/input/manifests/read";
import { ignorePatterns, isIgnored } from "../../../../lib/input/render/flux/ignore-patterns";
import { policiesOf, policy, read, repository, withKustomize } from "../support";

const kustomization = (
  path: string,
  source = "{kind: GitRepository, name: flux-system}",
) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ${path}, sourceRef: ${source}}
`;

const source = (kind: string, name: string, spec: string) => `---
apiVersion: source.toolkit.fluxcd.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: flux-system}
spec:
${spec.replaceAll(/^/gm, "  ")}
`;

const apps = {
  "apps/a.yaml": policy("a"),
  "apps/b/b.yaml": policy("b"),
  "apps/b/.gitlab-ci.yml": policy("ci"),
  "apps/drafts/c.yaml": policy("c"),
};

const namesOf = (manifests: Manifests, root: string) =>
  policiesOf(manifests, root).map((place) => place.replace(/^default\/(\S+) .*/, "$1"));
const unseenOf = ({ unseen }: Manifests) => unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`);

test("files that a source excludes from its artifact are not applied", withKustomize, async () => {
  const cases: [string, Record<string, string>, string[]][] = [
    ["nothing said", {}, ["a", "b", "c"]],
    ["a file", { ".sourceignore": "drafts/\n" }, ["a", "b", "ci"]],
    ["a file in a folder", { "apps/.sourceignore": "# none\n/b\n" }, ["a", "c"]],
    // The source's own patterns override those in files, and both override the default.
    [
      "its source",
      {
        ".sourceignore": "drafts/\n",
        "s.yaml": source("GitRepository", "flux-system", "ignore: |\n  /*\n  !/apps\n  /apps/b\n"),
      },
      ["a", "c"],
    ],
    [
      "a sparse checkout",
      { "s.yaml": source("GitRepository", "flux-system", "sparseCheckout: [./apps/drafts]\n") },
      ["c"],
    ],
  ];
  for (const [what, files, expected] of cases) {
    const root = repository({ ...apps, "clusters/ks.yaml": kustomization("./apps"), ...files });
    assert.deepEqual(namesOf(await read(root), root), expected, what);
  }
});

test(
  "reports a folder that its source excludes, and an excluded file that a kustomization names",
  withKustomize,
  async () => {
    const root = repository({ ...apps, "clusters/ks.yaml": kustomization("./apps"), ".sourceignore": "/apps\n" });
    assert.deepEqual(unseenOf(await read(root)), [
      "Kustomization flux-system/apps: its source GitRepository flux-system excludes its folder: ./apps",
    ]);
    const named = repository({
      ...apps,
      "apps/kustomization.yaml": "resources: [a.yaml, drafts/c.yaml]\n",
      "clusters/ks.yaml": kustomization("./apps"),
      ".sourceignore": "drafts/\n",
    });
    assert.deepEqual(unseenOf(await read(named)), [
      "Kustomization flux-system/apps: apps/drafts/c.yaml, which it names, is not there",
    ]);
  },
);

const pushes = (command: string) => `jobs:
  push:
    steps:
      - run: |
          ${command}
`;

test("finds the folder of an artifact by the command that pushes it", withKustomize, async () => {
  const oci = (name: string, url: string) => ({
    "clusters/ks.yaml":
      kustomization("./web", `{kind: OCIRepository, name: ${name}}`) + source("OCIRepository", name, `url: ${url}`),
  });
  const workflow = (command: string) => ({ ".github/workflows/oci.yaml": pushes(command) });
  const files = { "web/x.yaml": policy("root"), "deploy/web/x.yaml": policy("pushed") };
  const cases: [string, Record<string, string>, string[]][] = [
    ["no command", oci("app", "oci://registry.example/team/fleet"), ["root"]],
    [
      "its address",
      {
        ...oci("app", "oci://registry.example/team/fleet"),
        ...workflow(
          "flux push artifact oci://registry.example/team/fleet:$(git rev-parse HEAD) \\\n            --path=./deploy",
        ),
      },
      ["pushed"],
    ],
    [
      "an address that a variable completes",
      {
        ...oci("app", "oci://registry.example/team/fleet"),
        ...workflow('flux push artifact "oci://registry.example/team/${NAME}:x" --path "./deploy"'),
      },
      ["pushed"],
    ],
    [
      "another address",
      {
        ...oci("app", "oci://registry.example/others/fleet"),
        ...workflow("flux push artifact oci://registry.example/team/fleet:x --path=./deploy"),
      },
      ["root"],
    ],
    [
      "Flux's own source, by a script beside it",
      {
        ...oci("flux-system", "oci://registry.example/others/fleet"),
        "scripts/push.sh": 'flux push artifact "$URL" --path=./../deploy',
      },
      ["pushed"],
    ],
  ];
  for (const [what, more, expected] of cases) {
    const root = repository({ ...files, ...more });
    const manifests = await read(`${root}/clusters`);
    assert.deepEqual([namesOf(manifests, root), unseenOf(manifests)], [expected, []], what);
  }
});

test("ignore patterns match like those of Flux", () => {
  const cases: [string, string, boolean][] = [
    ["*.md", "a/b.md", true],
    ["/*.md", "a/b.md", false],
    ["/a", "a/b/c", true],
    ["a/", "a", false],
    ["**/b", "x/y/b/z", true],
    ["a/**/b", "a/b", true],
    ["a**/b", "a/b", false],
    ["/*\n!/a", "a/b", false],
    ["/*\n!/a", "b/c", true],
    ["[ab]", "b", true],
    ["[!a]", "b", false],
    ["\\*", "*", true],
    ["# a", "# a", false],
  ];
  for (const [text, path, ignored] of cases)
    assert.equal(isIgnored(ignorePatterns(text), path.split("/"), false), ignored, `${text} ${path}`);
});
