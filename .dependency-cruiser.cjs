// Which folder of lib may import which: only those that stand before it here. `npm run check:imports` holds the imports to it, types included.
const order = [
  "common",
  "kubernetes",
  "artifacts",
  "scenario",
  "linkerd",
  "cilium",
  "fence",
  "reachability",
  "input",
  "traffic",
  "lint",
  "manifests",
  "page",
  "pulumi-engine",
  "plan",
  "components",
  "cluster",
  "verify",
  "report",
  "cli",
];

// The same for the folders of lib/input/render; the files beside them may import all of these.
const rendering = ["repository", "tools", "objects", "kustomize", "helm", "flux", "argo"];

// The same for the folders of lib/cli, under `main.ts`.
const commands = [
  "output",
  "settings",
  "options",
  "input",
  "traffic",
  "reports",
  "edits",
  "gates",
  "page",
  "preflight",
  "sandbox",
  "proof",
  "pull-request",
  "mcp",
  "completion",
  "run",
  "commands",
];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no circle of files", severity: "error", from: {}, to: { circular: true } },
    ...order.map((folder, place) => ({
      name: `${folder} stands below`,
      severity: "error",
      from: { path: `^lib/${folder}/` },
      // Faces, too: nobody below them needs what they gather.
      to: {
        path: [...order.slice(place + 1).map((above) => `^lib/${above}/`), "^lib/(kind|plugin)/", "^lib/[^/]+\\.ts$"],
      },
    })),
    ...rendering.map((folder, place) => ({
      name: `render/${folder} stands below`,
      severity: "error",
      from: { path: `^lib/input/render/${folder}/` },
      to: {
        path: [
          ...rendering.slice(place + 1).map((above) => `^lib/input/render/${above}/`),
          "^lib/input/render/[^/]+\\.ts$",
        ],
      },
    })),
    ...commands.map((folder, place) => ({
      name: `cli/${folder} stands below`,
      severity: "error",
      from: { path: `^lib/cli/${folder}/` },
      to: {
        path: [...commands.slice(place + 1).map((above) => `^lib/cli/${above}/`), "^lib/cli/[^/]+\\.ts$"],
      },
    })),
    {
      name: "every folder of cli has its place",
      severity: "error",
      from: { path: "^lib/cli/.+/", pathNot: `^lib/cli/(${commands.join("|")})/` },
      to: {},
    },
    {
      name: "every folder has its place",
      severity: "error",
      from: { path: "^lib/", pathNot: ["^lib/[^/]+\\.ts$", `^lib/(${[...order, "kind", "plugin"].join("|")})/`] },
      to: {},
    },
    {
      name: "pure logic has no Pulumi",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/(pulumi-engine|plan|components|cli|kind|plugin)/|^lib/index\\.ts$" },
      to: { path: "@pulumi/" },
    },
    {
      name: "pure logic has no I/O",
      severity: "error",
      from: { path: "^lib/(kubernetes|scenario|linkerd|cilium|fence|reachability|lint|manifests)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(util|net|crypto)$" },
    },
    { name: "what it needs exists", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    cache: { folder: "node_modules/.cache/dependency-cruiser", strategy: "content" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["require", "node", "types"] },
  },
};
