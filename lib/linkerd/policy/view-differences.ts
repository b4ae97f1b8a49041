import type { AuthorizationView, PolicyView, RouteView } from "./view";

/** Where the policy controller's view of a port is another than the predicted one, each in a sentence. */
export function viewDifferences(predicted: PolicyView, theirs: PolicyView): string[] {
  if (predicted.owner !== theirs.owner)
    return [`the controller says that ${theirs.owner} decides, and ${predicted.owner} was predicted to`];
  const found: string[] = [];
  if (predicted.protocol !== theirs.protocol)
    found.push(`the controller says ${theirs.protocol}, and ${predicted.protocol} was predicted`);
  if (predicted.rateLimit !== theirs.rateLimit)
    found.push(
      `the controller says ${theirs.rateLimit ?? "no limit"}, and ${predicted.rateLimit ?? "none"} was predicted`,
    );
  found.push(...authorizationDifferences("", predicted.authorizations, theirs.authorizations));
  found.push(...routeDifferences(predicted.routes, theirs.routes));
  return found;
}

function authorizationDifferences(
  where: string,
  predicted: readonly AuthorizationView[],
  theirs: readonly AuthorizationView[],
): string[] {
  return pairs(predicted, theirs).flatMap(([name, ours, other]) => {
    if (other === undefined) return [`${where}the controller knows nothing of ${name}, which was predicted to admit`];
    if (ours === undefined)
      return [
        `${where}the controller lets in ${other.clients} from ${other.networks} by ${name}, which was not predicted`,
      ];
    if (ours.clients === other.clients && ours.networks === other.networks) return [];
    const [who, wanted] = [other, ours].map(({ clients, networks }) => `${clients} from ${networks}`);
    return [`${where}${name} admits ${who} by the controller, and ${wanted} was predicted`];
  });
}

function routeDifferences(predicted: readonly RouteView[], theirs: readonly RouteView[]): string[] {
  const found = pairs(predicted, theirs).flatMap(([name, ours, other]) => {
    if (other === undefined) return [`the controller has not ${name}, which was predicted`];
    if (ours === undefined) return [`the controller has ${name}, which was not predicted`];
    const [taken, wanted] = [other, ours].map(({ requests }) => requests.join("; ") || "nothing");
    const differs = taken === wanted ? [] : [`${name} takes ${taken} by the controller, and ${wanted} was predicted`];
    return [...differs, ...authorizationDifferences(`${name}: `, ours.authorizations, other.authorizations)];
  });
  const order = ({ name }: RouteView) => name;
  if (found.length > 0 || predicted.map(order).join() === theirs.map(order).join()) return found;
  return [`the controller's order of routes, which decides ties, is ${theirs.map(order).join(", ")}`];
}

/** What one or both have, by name. */
function pairs<T extends { name: string }>(
  predicted: readonly T[],
  theirs: readonly T[],
): [string, T | undefined, T | undefined][] {
  const names = [...new Set([...predicted, ...theirs].map(({ name }) => name))].sort();
  const named = (all: readonly T[], name: string) => all.find((one) => one.name === name);
  return names.map((name) => [name, named(predicted, name), named(theirs, name)]);
}
