/** Texts that must stay inert wherever they are printed as names or values: each means something to some reader. */
export const hostilePieces = [
  // Terminals: colours, titles, links, their eight-bit forms, and marks that reverse or hide text.
  "a\u001b[31;5mRED\u001b[0m\u001b]0;title\u0007\u001b[2J\u001b[1A",
  "\u001b]8;;https://evil.test\u001b\\link\u001b]8;;\u001b\\",
  "\u009b31mx\u009d0;y\u009c",
  "web\u202egnp.exe\u2066\u200f\ufeff",
  "a\u0000b\u0008c\u007f",
  "x\r\nPWNED y",
  "x\u0085PWNED\u2028PWNED\u2029PWNED",
  // Markdown, as GitHub reads it.
  "a\r\r# PWNED\r\r@octocat <img src=x>\r\r[x](javascript:alert(1))\r\r",
  "a`b``c```d|e\\|f",
  "```\n\n# PWNED\n\n```",
  "~~~\n<script>alert(1)</script>",
  "</code></summary></details><h1>PWNED</h1>",
  "<!-- x --> --> <!--",
  "![x](https://evil.test/x.png) <https://evil.test> https://evil.test www.evil.test a@evil.test",
  "@octocat @org/team #1 GH-1 octo/cat#2 ftp://evil.test mailto:a@evil.test xmpp:a@evil.test",
  "&lt;img src=x&gt; &#96;PWNED&#96; &amp;",
  "\\`x\\` \\",
  "`",
  " x ",
  "[^1] [x]: https://evil.test",
  "$\\ce{x}$ $`y`$ ==z== ~~q~~ **b** _i_",
  "| a | b |\n| - | - |",
  // GitHub's runner.
  "\n::error file=x,line=1::PWNED",
  "::set-output name=x::y\n::stop-commands::z",
  "##[error]PWNED",
  // Mermaid, SVG, HTML, XML.
  'x"]\n  click n0 "javascript:alert(1)"\n```\n# PWNED',
  '%%{init: {"x": 1}}%% end subgraph x;;y --> z #quot; #35;',
  "]]><x/>]]>",
  "</title></desc><script>alert(1)</script>",
  "</script><script>alert(1)</script><!--<script>",
  '" onload="alert(1)" x=\'',
  "\ud800x\udfff\uffff",
  "{{ constructor.constructor('x')() }} $" + "{x} $(x) `x`",
  "__proto__",
  "constructor",
  "",
  "x".repeat(300),
] as const;

/** The objects of a cluster with this text in every place for text. Whether they are read, refused or left out, they are named. */
export function hostileState(h: string, shut = false): object {
  const meta = (name: string, namespace: string | undefined = h) => ({ name, namespace });
  const pod = (labels: object) => ({
    metadata: { labels },
    spec: {
      containers: [
        {
          name: h,
          image: h,
          ports: [
            { containerPort: 80, name: h },
            { containerPort: 81, name: "http" },
          ],
        },
      ],
    },
  });
  const workload = (kind: string, name: string, namespace: string, labels: object) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { ...meta(name, namespace), labels, annotations: { [h]: h, "linkerd.io/inject": h } },
    spec: { selector: { matchLabels: labels }, template: pod(labels) },
  });
  const cilium = (name: string, namespace: string, spec: object) => ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { ...meta(name, namespace), labels: { [h]: h }, annotations: { [h]: h } },
    spec: { description: h, ...spec },
  });
  const web = { matchLabels: { app: "web" } };
  const linkerd = (kind: string, version: string, name: string, spec: object) => ({
    apiVersion: `policy.linkerd.io/${version}`,
    kind,
    metadata: meta(name, "shop"),
    spec,
  });
  const target = (name: string) => ({ group: "policy.linkerd.io", kind: "Server", name });
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: h, labels: { [h]: h, team: h } } },
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "shop", labels: { team: h }, annotations: { "linkerd.io/inject": "enabled" } },
      },
      workload("Deployment", h, h, { app: h }),
      workload("Deployment", "web", "shop", { app: "web", [h]: "1" }),
      workload("Deployment", `${h}-2`, "shop", { app: "db", team: h }),
      workload("StatefulSet", "db", "shop", { app: "db" }),
      { apiVersion: "v1", kind: "Pod", metadata: { ...meta(`p${h}`), labels: { app: "x" } }, spec: pod({}).spec },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: meta(h),
        spec: { selector: { app: h }, ports: [{ port: 80, name: h, targetPort: h }] },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: meta("web", "shop"),
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: h }] },
      },
      cilium(h, h, { endpointSelector: { matchLabels: { app: h } }, ingress: shut ? [] : [{}] }),
      cilium(`${h}3`, "shop", {
        endpointSelector: web,
        ingress: shut
          ? []
          : [
              {
                fromEndpoints: [
                  { matchLabels: { app: "db" } },
                  { matchLabels: { app: h, [h]: "1", "k8s:io.kubernetes.pod.namespace": h } },
                  { matchExpressions: [{ key: h, operator: "In", values: [h, "x"] }] },
                ],
                toPorts: [
                  {
                    ports: [{ port: "80" }, { port: h }],
                    rules: { http: [{ path: h, method: h, host: h, headers: [h] }] },
                  },
                ],
              },
            ],
      }),
      cilium("egress", "shop", {
        endpointSelector: { matchLabels: { app: "db" } },
        egress: [
          { toFQDNs: [{ matchName: h }, { matchPattern: h }] },
          { toCIDR: [h] },
          { toCIDRSet: [{ cidr: "10.0.0.0/8", except: [h] }, { cidrGroupRef: h }] },
          { toEntities: [h] },
          { toServices: [{ k8sService: { serviceName: h, namespace: h } }] },
          { toGroups: [{ aws: { securityGroupsIds: [h] } }] },
        ],
      }),
      cilium("fqdn", "shop", {
        endpointSelector: { matchLabels: { app: "db" } },
        egress: [
          { toFQDNs: [{ matchPattern: "*.example.com" }], toPorts: [{ ports: [{ port: "443", protocol: h }] }] },
        ],
        [h]: h,
      }),
      cilium("dns", "shop", {
        endpointSelector: { matchLabels: { app: "db" } },
        egress: [
          {
            toEntities: ["world"],
            toPorts: [
              { ports: [{ port: "53", protocol: "UDP" }], rules: { dns: [{ matchPattern: h }] }, serverNames: [h] },
            ],
          },
        ],
      }),
      {
        apiVersion: "cilium.io/v2",
        kind: "CiliumClusterwideNetworkPolicy",
        metadata: { name: h },
        spec: { endpointSelector: { matchLabels: { team: h } }, ingressDeny: [{ fromEntities: ["world"] }] },
      },
      {
        apiVersion: "cilium.io/v2",
        kind: "CiliumCIDRGroup",
        metadata: { name: h },
        spec: { externalCIDRs: ["10.0.0.0/8", h] },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: meta(h, "shop"),
        spec: {
          podSelector: { matchLabels: { app: "web" } },
          policyTypes: ["Ingress", h],
          ingress: [
            {
              from: [{ namespaceSelector: { matchLabels: { [h]: h } } }, { ipBlock: { cidr: h, except: [h] } }],
              ports: [{ port: h, protocol: h }],
            },
          ],
        },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: meta(`${h}9`, "shop"),
        spec: { podSelector: { matchLabels: { app: "db" } }, ingress: shut ? [] : [{}] },
      },
      linkerd("Server", "v1beta3", h, { podSelector: web, port: 80, proxyProtocol: "HTTP/1", accessPolicy: h }),
      linkerd("Server", "v1beta3", "web", { podSelector: web, port: h }),
      linkerd("HTTPRoute", "v1beta3", h, {
        parentRefs: [target("web"), target(h)],
        hostnames: [h],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: h }, method: h, headers: [{ name: h, value: h }] }],
            filters: [{ type: h }],
            timeouts: { request: h },
          },
        ],
      }),
      linkerd("AuthorizationPolicy", "v1alpha1", h, {
        targetRef: target("web"),
        requiredAuthenticationRefs: [
          { group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: h },
          { kind: "ServiceAccount", name: h },
        ],
      }),
      linkerd("MeshTLSAuthentication", "v1alpha1", h, {
        identities: [h, `*.${h}`],
        identityRefs: [{ kind: "ServiceAccount", name: h, namespace: h }],
      }),
      linkerd("NetworkAuthentication", "v1alpha1", h, { networks: [{ cidr: h, except: [h] }] }),
      {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: meta(h),
        spec: { chart: { spec: { chart: h, version: h, sourceRef: { kind: h, name: h } } }, values: { [h]: h } },
      },
      {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: meta(h),
        spec: { path: h, sourceRef: { kind: "GitRepository", name: h } },
      },
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: meta(h),
        spec: { source: { repoURL: h, path: h, chart: h, targetRevision: h }, destination: { namespace: h } },
      },
      { apiVersion: `${h}/v1`, kind: h, metadata: meta(h), spec: { template: { spec: { containers: [] } } } },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "cilium-config", namespace: "kube-system" },
        data: { "enable-policy": h, labels: h, [h]: h },
      },
    ],
  };
}
