import { append } from "../common/maps";
import { namedClients } from "../linkerd/policy/named-clients";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** Workloads with one service account, which Linkerd cannot distinguish. */
export interface SharedAccount {
  /** The account, `batch.shop`. */
  account: string;
  /** The `id` of each workload, in order. */
  workloads: readonly string[];
}

const accountOf = ({ mesh, namespace, serviceAccount, representative }: EndpointFacts): string | undefined =>
  mesh?.injected === true && namespace !== undefined && serviceAccount !== undefined && representative === undefined
    ? `${serviceAccount}.${namespace}`
    : undefined;

/** A cache, because explanations ask about one scenario again and again. */
const known = new WeakMap<Scenario, readonly SharedAccount[]>();

/** The accounts that Linkerd's authorization names and that several workloads share. */
export function sharedAccounts(scenario: Scenario): readonly SharedAccount[] {
  const found = known.get(scenario) ?? sharedIn(scenario);
  known.set(scenario, found);
  return found;
}

function sharedIn({ endpoints, mesh }: Scenario): SharedAccount[] {
  const objects = mesh?.authorization?.objects ?? [];
  const named = new Set(namedClients(objects).map(({ account, namespace }) => `${account}.${namespace}`));
  const sharing = new Map<string, string[]>();
  for (const endpoint of endpoints) {
    const account = accountOf(endpoint);
    if (account !== undefined && named.has(account)) append(sharing, account, endpoint.id);
  }
  return [...sharing]
    .filter(([, workloads]) => workloads.length > 1)
    .map(([account, workloads]) => ({ account, workloads: workloads.sort() }))
    .sort((a, b) => (a.account < b.account ? -1 : 1));
}
