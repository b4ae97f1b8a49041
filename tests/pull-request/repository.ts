import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryDirectory } from "../plan/fixture";

const modules = path.join(__dirname, "..", "..", "node_modules");

export interface Shop {
  /** Ports that the client may use. */
  ports: number[];
  /** Value of a Helm release's `replicas`. */
  replicas?: number;
  /** The image of the release's chart, which is in the repository. */
  image?: string;
  broken?: boolean;
}

/** Like real charts, it generates a key, a password, a name and a time whenever it is rendered. */
const chart = (image: string) => `{{- $ca := genCA "cache" 30 -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cache
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      annotations:
        checksum/certificate: {{ $ca.Cert | sha256sum }}
        rendered-at: "{{ now | unixEpoch }}"
    spec:
      containers:
        - name: cache
          image: ${image}
---
apiVersion: v1
kind: Secret
metadata:
  name: cache
  namespace: {{ .Release.Namespace }}
data:
  tls.crt: {{ $ca.Cert | b64enc }}
  tls.key: {{ $ca.Key | b64enc }}
  replicas: {{ .Values.replicas | toString | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: cache-{{ randAlphaNum 5 | lower }}
  namespace: {{ .Release.Namespace }}
`;

/** A repository whose commits are these states of a program, oldest first. */
export function repository(...states: Shop[]): string {
  const root = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: root });
  git("init", "--quiet", "--initial-branch=main");
  write(root, "package.json", JSON.stringify({ name: "shop", version: "1.0.0", private: true }));
  write(
    root,
    "package-lock.json",
    JSON.stringify({ name: "shop", version: "1.0.0", lockfileVersion: 3, packages: {} }),
  );
  write(root, ".gitignore", "node_modules\n");
  write(root, "shop/Pulumi.yaml", "name: shop\nruntime: nodejs\nmain: index.js\n");
  write(root, "chart/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n");
  for (const state of states) {
    write(root, "shop/index.js", program(state));
    write(root, "chart/templates/cache.yaml", chart(state.image ?? "cache:1"));
    git("add", "--all");
    git("commit", "--quiet", "--message", "a state");
  }
  mkdirSync(path.join(root, "node_modules"));
  symlinkSync(path.join(modules, "@pulumi"), path.join(root, "node_modules", "@pulumi"));
  return root;
}

export function write(root: string, name: string, content: string): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function program({ ports, replicas, broken = false }: Shop): string {
  const workload = (name: string) => ({
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: name, ports: [{ containerPort: 80 }, { containerPort: 90 }] }] },
      },
    },
  });
  const policy = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "server", namespace: "shop" },
    spec: {
      endpointSelector: { matchLabels: { app: "server" } },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { app: "client" } }],
          toPorts: [{ ports: ports.map((port) => ({ port: String(port), protocol: "TCP" })) }],
        },
      ],
    },
  };
  const release = { chart: "../chart", name: "cache", namespace: "shop", values: { replicas } };
  return [
    'const k8s = require("@pulumi/kubernetes");',
    ...(broken ? ['throw new Error("no such setting");'] : []),
    ...["client", "server"].map((name) => `new k8s.apps.v1.Deployment("${name}", ${JSON.stringify(workload(name))});`),
    `new k8s.apiextensions.CustomResource("server", ${JSON.stringify(policy)});`,
    ...(replicas === undefined ? [] : [`new k8s.helm.v3.Release("cache", ${JSON.stringify(release)});`]),
    "",
  ].join("\n");
}
