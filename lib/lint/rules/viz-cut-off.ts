import { enumerate } from "../../common/text";
import { meshPorts } from "../../linkerd/wire/ports";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";
import { hasViz } from "../mesh-services";
import { isMeshed } from "../meshed-pairs";

export const vizCutOff: LintRule = {
  id: "viz-cut-off",
  severity: Severity.Warning,
  title: "Meshed pods that viz cannot tap or scrape",
  why:
    "`linkerd viz tap` and `top` connect to the proxy on 4190, viz's Prometheus on 4191. Without them, `tap` shows nothing, and `stat` and `edges` show " +
    "no traffic. Both connect directly, in either transport mode.",
  fix: "Allow ingress from the namespace linkerd-viz on TCP 4190 and 4191.",
  kubernetes: true,
  *check(context) {
    const { tap, prometheus } = context.services;
    const losses = new Losses(context, "ingress");
    for (const pod of context.pods) {
      if (!isMeshed(pod) || pod.facts.namespace === tap.namespace) continue;
      const lost = [
        { what: "tap (4190)", from: tap.id, port: meshPorts.tap },
        { what: "metrics (4191)", from: prometheus.id, port: meshPorts.admin },
      ].filter(({ from, port }) => isDenied(context, { from, to: pod.facts.id, proto: "TCP", port }, "ingress"));
      if (lost.length > 0)
        losses.add(pod, {
          words: enumerate(lost.map(({ what }) => what)),
          data: { ports: lost.map(({ port }) => port) },
        });
    }
    // If nothing shows that viz is installed, this is only an info.
    const isInstalled = hasViz(context.scenario);
    const severity = isInstalled ? Severity.Warning : Severity.Info;
    for (const found of losses.observations((pods, lost) => `viz cannot reach ${lost} of ${pods}`))
      yield { ...found, data: { ...found.data, isInstalled }, severity };
  },
};
