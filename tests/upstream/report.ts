import { upstreamCharts } from "../../lib/artifacts/charts";
import { isNewer } from "../../lib/common/version-range";
import { pinned, supportedCilium, supportedKubernetesMinors } from "../../lib/common/versions";
import { ciliumMinors, linkerdRange, newestChart, newestRelease, nodeImageDigest } from "./answers";

/** Reads an address. Rejects where there is no answer. */
export type Fetch = (url: string) => Promise<string>;

export interface Report {
  /** What upstream has, in sentences. */
  lines: string[];
  /** What is wrong with lib/common/versions.ts, or could not be found out. */
  problems: string[];
}

const latest = (repository: string) => `https://api.github.com/repos/${repository}/releases/latest`;
const file = (repository: string, revision: string, path: string) =>
  `https://raw.githubusercontent.com/${repository}/${revision}/${path}`;
const index = (repository: string) => `${repository.replace(/\/+$/, "")}/index.yaml`;

/** Everything that lib/common/versions.ts pins, and where upstream says what is newest. */
const sources = [
  {
    what: "Cilium",
    pinned: pinned.cilium,
    url: index(upstreamCharts.cilium),
    newest: (answer: string) => newestChart(answer, "cilium"),
  },
  ...(["linkerd-crds", "linkerd-control-plane", "linkerd-viz"] as const).map((chart) => ({
    what: chart,
    pinned: pinned.linkerd.chart,
    url: index(upstreamCharts[chart]),
    newest: (answer: string) => newestChart(answer, chart),
  })),
  { what: "podinfo", pinned: pinned.podinfo, url: latest("stefanprodan/podinfo"), newest: newestRelease },
  { what: "slow_cooker", pinned: pinned.slowCooker, url: latest("BuoyantIO/slow_cooker"), newest: newestRelease },
  { what: "kind", pinned: pinned.kindNode.kind, url: latest("kubernetes-sigs/kind"), newest: newestRelease },
  {
    what: "kind's Terraform provider",
    pinned: pinned.kindProvider,
    url: latest("tehcyx/terraform-provider-kind"),
    newest: newestRelease,
  },
];

/** What is newer upstream than lib/common/versions.ts, and whether Cilium and Linkerd still support Kubernetes minors in common. */
export async function upstreamReport(fetchText: Fetch): Promise<Report> {
  const report: Report = { lines: [], problems: [] };
  const fetchOnce = once(fetchText);
  const checks = [
    ...sources.map((source) => async () => {
      const newest = source.newest(await fetchOnce(source.url));
      const newer = isNewer(newest, source.pinned);
      report.lines.push(`${source.what} ${source.pinned}: ${newer ? `${newest} is newer` : "the newest"}`);
      if (source.what === "Cilium" && newer && !isNewer(supportedCilium.below, newest)) {
        report.lines.push(`Cilium ${newest} is outside of supportedCilium, which ends below ${supportedCilium.below}`);
      }
    }),
    () => checkNodeImage(fetchOnce, report),
    () => checkKubernetes(fetchOnce, report),
  ];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (!report.problems.includes(problem)) report.problems.push(problem);
    }
  }
  return report;
}

/** The image that is pinned must be the one of the kind that is pinned: kind's images do not work with its other releases. */
async function checkNodeImage(fetchText: Fetch, { lines, problems }: Report): Promise<void> {
  const { kind, tag, digest } = pinned.kindNode;
  const published = nodeImageDigest(
    await fetchText(`https://api.github.com/repos/kubernetes-sigs/kind/releases/tags/v${kind}`),
    tag,
  );
  if (published === digest) lines.push(`kindest/node ${tag}: the image of kind ${kind}`);
  else problems.push(`kindest/node ${tag}: kind ${kind} has ${published ?? "no such image"}, and ${digest} is pinned`);
}

async function checkKubernetes(fetchText: Fetch, { lines, problems }: Report): Promise<void> {
  const requirements = "Documentation/network/kubernetes/requirements.rst";
  const page = "linkerd.io/content/2-edge/reference/k8s-versions.md";
  const cilium = ciliumMinors(await fetchText(file("cilium/cilium", `v${pinned.cilium}`, requirements)));
  const { from, to } = linkerdRange(await fetchText(file("linkerd/website", "main", page)), pinned.linkerd.edge);
  const both = cilium.filter((minor) => !isNewer(from, minor) && !isNewer(minor, to));
  const ours: readonly string[] = supportedKubernetesMinors;
  const said = `Cilium ${pinned.cilium} supports ${cilium.join(", ")}, Linkerd ${pinned.linkerd.edge} ${from} to ${to}`;
  if (both.length === 0) {
    problems.push(`Kubernetes: ${said}: nothing in common, so that no cluster can have both`);
    return;
  }
  lines.push(`Kubernetes: ${said}: in common ${both.join(", ")}`);
  const added = both.filter((minor) => !ours.includes(minor));
  const gone = ours.filter((minor) => !both.includes(minor));
  if (added.length > 0) lines.push(`Kubernetes ${added.join(", ")} could be added to supportedKubernetesMinors`);
  if (gone.length > 0) problems.push(`Kubernetes ${gone.join(", ")}: in supportedKubernetesMinors, and not in common`);
  if (!both.some((minor) => pinned.kubernetes.startsWith(`${minor}.`))) {
    problems.push(`Kubernetes ${pinned.kubernetes} is pinned, and not in common`);
  }
}

/** Each address once, however many questions it answers; what went wrong names the address and what to do. */
function once(fetchText: Fetch): Fetch {
  const answers = new Map<string, Promise<string>>();
  return (url) => {
    const answer =
      answers.get(url) ??
      fetchText(url).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`no answer from ${url}: ${reason}. Run it where the internet can be reached`);
      });
    answers.set(url, answer);
    return answer;
  };
}
