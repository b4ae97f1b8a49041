import type { PageTraffic, SeenEdge, SeenGroup } from "../../page/data";
import type { NotProbed } from "../../verify/probe";
import type { ControllerReport, EdgeReport, VerifyReport } from "../../verify/report";
import { controllerHeadline, controllerHow, controllerMark, openPorts, portOfWords } from "../verify/controller-words";
import { byReason, headline, howWords, observedWords, predictedWords, settingWords } from "../verify/words";
import type { PageState } from "./page-data";

/** Probes for the page: first those that are not as predicted, last those that are. */
export function probedOf(report: VerifyReport): PageTraffic {
  const { edges, notProbed, overLimit, readiness, notes, controller } = report;
  const group = (title: string, state: SeenGroup["state"], own: readonly SeenEdge[]): SeenGroup[] =>
    own.length === 0 ? [] : [{ title, state, edges: own }];
  const probed = (agreement: EdgeReport["agreement"], observed: EdgeReport["observed"]) =>
    edges.filter((edge) => edge.agreement === agreement && edge.observed === observed).map(probedEdge);
  return {
    name: "Probes",
    headline: `${headline(report)} · ${settingWords(report)}`,
    groups: [
      ...group("Reached, not as predicted", "allowed", probed("disagrees", "reachable")),
      ...group("Not reached, not as predicted", "denied", probed("disagrees", "denied")),
      ...group("Not decided", "unknown", edges.filter(isOpenQuestion).map(probedEdge)),
      ...group("Reached, as predicted", "allowed", probed("agrees", "reachable")),
      ...group("Denied, as predicted", "denied", probed("agrees", "denied")),
      ...byReason(notProbed).flatMap(({ why, edges: own }) =>
        group(`Not probed: ${why}`, "unknown", own.map(notProbedEdge)),
      ),
    ],
    blind: [
      ...(overLimit > 0 ? [`${overLimit} more edges were left out: --limit takes more`] : []),
      ...readiness
        .filter(({ holds }) => holds !== true)
        .map(
          ({ what, holds, detail, cure }) =>
            `${holds === false ? "Not so" : "Not known"}: ${what}${detail.length > 0 ? ` (${detail.join(", ")})` : ""}${cure === undefined ? "" : `; ${cure}`}`,
        ),
      ...(controller === undefined ? [] : controllerWords(controller)),
      ...notes.map(({ text }) => text),
    ],
  };
}

function controllerWords(controller: ControllerReport): string[] {
  return [
    controllerHeadline(controller),
    ...openPorts(controller).map(
      (port) => `${controllerMark[port.state]} ${portOfWords(port)}: ${controllerHow(port)}`,
    ),
  ];
}

/** The state that the probes were compared with, for the page. */
export function probedState({ context, judged }: VerifyReport): PageState {
  const document = { file: context, value: undefined, position: () => ({}) };
  return {
    name: "now",
    scenario: judged?.scenario ?? { endpoints: [] },
    policies: (judged?.policies ?? []).map((manifest) => ({ manifest, document })),
    refused: [],
    problems: judged?.problems ?? [],
    unseen: [],
  };
}

const isOpenQuestion = ({ agreement, observed }: EdgeReport) =>
  agreement === "inconclusive" || observed === "inconclusive";

function probedEdge(edge: EdgeReport): SeenEdge {
  const { from, to, proto, port, request, agreement } = edge;
  const words = [
    ...(request === undefined ? [] : [`${request.method} ${request.path}`]),
    ...(agreement === "agrees" ? [] : [`predicted ${predictedWords(edge)}`]),
    observedWords(edge),
    ...howWords(edge),
  ];
  return { from, to, proto, port, words: words.join(" · ") };
}

const notProbedEdge = ({ from, to, proto, port, predicted }: NotProbed): SeenEdge => ({
  ...{ from, to, proto, port },
  words: `predicted ${predicted}`,
});
