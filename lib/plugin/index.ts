/**
 * What Pulumi's other languages get: the components whose arguments and outputs a Pulumi schema can say. schema.json is that schema, as
 * `npm run schema` writes it, for people and tools that look before they install anything.
 *
 * This folder is a component plugin: `pulumi package add ./lib/plugin`, or the same with the address of the repository in front. It is a
 * folder of its own because Pulumi takes none that is a program as well, and because its analyzer looks for `index.ts` beside
 * `PulumiPlugin.yaml`. Its `install` script makes the library that it runs.
 *
 * Its classes are those of the library in a form that a schema can say: see `component-of.ts`.
 *
 * KindCluster is for TypeScript alone: its output `cluster`, for `deletedWith`, is of a type from a package that each user generates.
 * `Sandbox` brings such a cluster to the others.
 */

export {
  AuthorizationPolicy,
  LinkerdGrpcRoute,
  LinkerdHttpRoute,
  LinkerdServer,
  MeshTlsAuthentication,
  NetworkAuthentication,
} from "./authorization";
export { Cilium, Injection, Linkerd, Podinfo, Sandbox, SlowCooker } from "./components";
export { Fence } from "./fence";
export { ClusterwideNetworkPolicy, NetworkPolicy } from "./policies";
