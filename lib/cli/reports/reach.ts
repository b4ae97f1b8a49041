import { formatPlace } from "../../common/problem";
import type { Evaluated } from "../../manifests/evaluate";
import { everyPort } from "../../reachability/every-port";
import { sharedAccounts } from "../../reachability/shared-accounts";
import { stateOf } from "../../reachability/verdict";
import { decidedBy, portWords, someOf } from "../../reachability/words";
import { type Notice, unenforcedWords } from "../../report/notices";
import type { ReachReport } from "../../report/reach/reach-report";
import { everyPair } from "../../scenario/flows";
import type { EndpointFacts } from "../../scenario/scenario";
import { everything, type Narrowing } from "./reach-filter";

/** What renderers show of an evaluated state: the flows of a scenario, or else every port of every endpoint. */
export function reachReport(evaluated: Evaluated, narrowing: Narrowing = everything): ReachReport {
  const { scenario, reachability, refused, problems, unseen, policies } = evaluated;
  const flows = scenario.flows ?? [];
  const { every, named } =
    flows.length > 0 ? { every: scenario.endpoints, named: scenario.endpoints } : everyPort(scenario, reachability);
  const reportOn = (endpoints: readonly EndpointFacts[]) => {
    const some = narrowing.endpoints(endpoints);
    return {
      endpoints,
      verdicts: {
        *[Symbol.iterator]() {
          yield* narrowing.verdicts(reachability.verdicts(flows.length > 0 ? flows : everyPair(some)));
        },
      },
      answers: {
        *[Symbol.iterator]() {
          yield* narrowing.answers(reachability.answers(some));
        },
      },
    };
  };
  return {
    ...reportOn(every),
    named: reportOn(named),
    policies: policies.length,
    refused,
    problems,
    unseen,
    unapplied: evaluated.unapplied,
    notices: [...closedRoutes(evaluated), ...accountNotices(evaluated)],
    unenforced: unenforcedWords(scenario),
    ...(narrowing !== everything && { shown: { words: narrowing.words, states: narrowing.states } }),
    ...(scenario.mesh && { transportMode: scenario.mesh.transportMode }),
  };
}

/** Notices about routes of Cilium's own proxy whose backend a policy closes. */
function closedRoutes({ scenario, reachability }: Evaluated): Notice[] {
  return (scenario.routes ?? []).flatMap(({ object, file, line, ...flow }) => {
    const verdict = reachability.verdict(flow);
    if (verdict.allowed) return [];
    const why = `${stateOf(verdict)}: ${decidedBy(verdict)}`;
    const message = `${object} (${formatPlace({ file, line })}): its backend ${flow.to} ${portWords(flow)} sees Cilium's own proxy as ${flow.from}, which is ${why}`;
    return [{ about: object.split(" ", 1)[0] ?? object, message }];
  });
}

/** Notices about service accounts that several workloads share and Linkerd's authorization names. */
function accountNotices({ scenario }: Evaluated): Notice[] {
  const shared = sharedAccounts(scenario);
  if (shared.length === 0) return [];
  const each = shared.map(({ account, workloads }) => `${account} (${someOf(workloads, 4)})`);
  const message = `To Linkerd, workloads under one account are one client; only Cilium tells them apart: ${someOf(each, 3)}`;
  return [{ about: "ServiceAccount", message }];
}
