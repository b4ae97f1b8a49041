import type { AuthorizationView, PolicyView, RouteView } from "./view";

/** The differences between the policy controller's view of a port and the predicted one, in words. */
export function viewDifferences(predicted: PolicyView, theirs: PolicyView): string[] {
  if (predicted.owner !== theirs.owner)
    return [`the controller applies ${theirs.owner}, but ${predicted.owner} was predicted`];
  const found: string[] = [];
  if (predicted.protocol !== theirs.protocol)
    found.push(`the controller says ${theirs.protocol}, but ${predicted.protocol} was predicted`);
  if (predicted.rateLimit !== theirs.rateLimit)
    found.push(
      `the controller applies ${theirs.rateLimit ?? "no rate limit"}, but ${predicted.rateLimit ?? "none"} was predicted`,
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
    if (other === undefined) return [`${where}the controller does not apply ${name}, which was predicted`];
    if (ours === undefined)
      return [
        `${where}the controller admits ${other.clients} from ${other.networks} through ${name}, which was not predicted`,
      ];
    if (ours.clients === other.clients && ours.networks === other.networks) return [];
    const [actual, expected] = [other, ours].map(({ clients, networks }) => `${clients} from ${networks}`);
    return [`${where}${name} admits ${actual} according to the controller, but ${expected} was predicted`];
  });
}

function routeDifferences(predicted: readonly RouteView[], theirs: readonly RouteView[]): string[] {
  const found = pairs(predicted, theirs).flatMap(([name, ours, other]) => {
    if (other === undefined) return [`the controller does not have ${name}, which was predicted`];
    if (ours === undefined) return [`the controller has ${name}, which was not predicted`];
    const [actual, expected] = [other, ours].map(({ requests }) => requests.join("; ") || "nothing");
    const differs =
      actual === expected
        ? []
        : [`${name} matches ${actual} according to the controller, but ${expected} was predicted`];
    return [...differs, ...authorizationDifferences(`${name}: `, ours.authorizations, other.authorizations)];
  });
  const order = ({ name }: RouteView) => name;
  if (found.length > 0 || predicted.map(order).join() === theirs.map(order).join()) return found;
  return [`the controller orders the routes, which resolves ties, as ${theirs.map(order).join(", ")}`];
}

/** Pairs the items of both lists by name. */
function pairs<T extends { name: string }>(
  predicted: readonly T[],
  theirs: readonly T[],
): [string, T | undefined, T | undefined][] {
  const names = [...new Set([...predicted, ...theirs].map(({ name }) => name))].sort();
  const named = (all: readonly T[], name: string) => all.find((one) => one.name === name);
  return names.map((name) => [name, named(predicted, name), named(theirs, name)]);
}
