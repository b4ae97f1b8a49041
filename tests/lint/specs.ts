// Parts of policies, as YAML, for the scenario that rules are tested on.

export const podinfo = "endpointSelector: {matchLabels: {app: podinfo}}";
export const client = "endpointSelector: {matchLabels: {app: client}}";
export const old = "endpointSelector: {matchLabels: {app: old}}";
export const fromClient = "fromEndpoints: [{matchLabels: {app: client}}]";
export const http = 'toPorts: [{ports: [{port: "9898", protocol: TCP}]}]';
export const namespaceKey = "k8s:io.kubernetes.pod.namespace";
export const dns = `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: kube-system, k8s-app: kube-dns}}], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}`;
export const watchedDns = dns.replace("ANY}]", 'ANY}], rules: {dns: [{matchPattern: "*"}]}');
export const metadataName = "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name";
export const linkerd = (...ports: number[]) =>
  `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd}}], toPorts: [{ports: [${ports.map((port) => `{port: "${port}"}`).join(", ")}]}]}`;
export const viz = (...ports: number[]) =>
  `{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd-viz}}], toPorts: [{ports: [${ports.map((port) => `{port: "${port}"}`).join(", ")}]}]}`;
