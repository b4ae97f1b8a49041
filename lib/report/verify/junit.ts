import { type ControllerPort, countsOf, type EdgeReport, type VerifyReport } from "../../verify/report";
import { portOfWords } from "./controller-words";
import { edgeWords, howWords, observedWords, predictedWords } from "./words";

/**
 * JUnit's XML, which CI systems show: a suite for the cluster's readiness and one for each client, with a case for each edge. A disagreement is a
 * failure, an inconclusive edge an error, and an edge that was not probed is skipped.
 *
 * It follows Jenkins' schema (`junit-10.xsd` of its xunit plugin), which most readers accept.
 */
export function verifyJunit(report: VerifyReport): string {
  const { edges, notProbed, readiness, startedAt, seconds, controller } = report;
  const ports = controller?.ports ?? [];
  const clients = [...new Set([...edges, ...notProbed].map(({ from }) => from))];
  const suites = [
    ...(readiness.length === 0 ? [] : [suite("readiness", startedAt, readiness.map(readinessCase))]),
    ...(ports.length === 0 ? [] : [suite("policy controller", startedAt, ports.map(controllerCase))]),
    ...clients.map((client) =>
      suite(client, startedAt, [
        ...edges.filter(({ from }) => from === client).map(edgeCase),
        ...notProbed
          .filter(({ from }) => from === client)
          .map((edge) => ({
            xml: testcase(client, edgeWords(edge), `<skipped message="${attribute(edge.why)}"/>`),
            outcome: "skipped" as const,
          })),
      ]),
    ),
  ];
  const counts = countsOf(report);
  const unready = readiness.filter((condition) => condition.holds === false).length;
  const unknown = readiness.filter((condition) => condition.holds === undefined).length;
  const portsThat = (state: ControllerPort["state"]) => ports.filter((port) => port.state === state).length;
  const head = [
    `name="${attribute(`meshfence verify ${report.context}`)}"`,
    `tests="${edges.length + notProbed.length + readiness.length + ports.length}"`,
    `failures="${counts.disagrees + unready + portsThat("differs")}"`,
    `errors="${counts.inconclusive}"`,
    `skipped="${notProbed.length + unknown + portsThat("not proven")}"`,
    `time="${seconds.toFixed(3)}"`,
  ].join(" ");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${suites.join("")}</testsuites>\n`;
}

interface Case {
  xml: string;
  outcome: "passed" | "failure" | "error" | "skipped";
}

function suite(name: string, startedAt: string, cases: readonly Case[]): string {
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  const head = [
    `name="${attribute(name)}"`,
    `tests="${cases.length}"`,
    `failures="${count("failure")}"`,
    `errors="${count("error")}"`,
    `skipped="${count("skipped")}"`,
    `timestamp="${attribute(startedAt.replace(/(\.\d+)?Z$/, ""))}"`,
  ].join(" ");
  return `  <testsuite ${head}>\n${cases.map(({ xml }) => xml).join("")}  </testsuite>\n`;
}

function edgeCase(edge: EdgeReport): Case {
  const message = `predicted ${predictedWords(edge)}, observed ${observedWords(edge)}`;
  const body = text(howWords(edge).join("\n"));
  const name = edgeWords(edge);
  switch (edge.agreement) {
    case "agrees":
      return { outcome: "passed", xml: testcase(edge.from, name, `<system-out>${body}</system-out>`) };
    case "disagrees":
      return {
        outcome: "failure",
        xml: testcase(
          edge.from,
          name,
          `<failure type="disagreement" message="${attribute(message)}">${body}</failure>`,
        ),
      };
    case "inconclusive":
      return {
        outcome: "error",
        xml: testcase(edge.from, name, `<error type="inconclusive" message="${attribute(message)}">${body}</error>`),
      };
  }
}

/** A port that the policy controller does not report is skipped, not failed: the probes show whether the fence holds. */
function controllerCase(port: ControllerPort): Case {
  const name = portOfWords(port);
  const [classname, message] = ["policy controller", attribute(port.how[0] ?? "")];
  switch (port.state) {
    case "agrees":
      return { outcome: "passed", xml: testcase(classname, name, "") };
    case "not proven":
      return { outcome: "skipped", xml: testcase(classname, name, `<skipped message="${message}"/>`) };
    case "differs": {
      const failure = `<failure type="disagreement" message="${message}">${text(port.how.join("\n"))}</failure>`;
      return { outcome: "failure", xml: testcase(classname, name, failure) };
    }
  }
}

function readinessCase({ what, holds, detail, cure }: VerifyReport["readiness"][number]): Case {
  const body = [...detail, ...(cure === undefined ? [] : [cure])].join("\n");
  if (holds === true) return { outcome: "passed", xml: testcase("readiness", what, "") };
  const message = attribute(detail[0] ?? "");
  if (holds === undefined) {
    return { outcome: "skipped", xml: testcase("readiness", what, `<skipped message="${message}"/>`) };
  }
  const failure = `<failure type="not ready" message="${message}">${text(body)}</failure>`;
  return { outcome: "failure", xml: testcase("readiness", what, failure) };
}

function testcase(classname: string, name: string, content: string): string {
  const head = `<testcase classname="${attribute(`verify.${classname}`)}" name="${attribute(name)}"`;
  return content === "" ? `    ${head}/>\n` : `    ${head}>${content}</testcase>\n`;
}

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Escapes text, and replaces characters that XML 1.0 forbids even as references but a container may print. */
function text(content: string): string {
  return content.replace(notXml, "\uFFFD").replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** https://www.w3.org/TR/xml/#charsets */
const notXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Escapes line breaks, too, which XML readers turn into spaces in attributes. */
function attribute(content: string): string {
  return text(content).replace(/\t/g, "&#9;").replace(/\n/g, "&#10;").replace(/\r/g, "&#13;");
}
