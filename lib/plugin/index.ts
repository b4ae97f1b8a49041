/**
 * The components for Pulumi's other languages: those whose arguments and outputs a Pulumi schema can express. `npm run schema` writes the schema to
 * schema.json, for people and tools that read it before they install anything.
 *
 * This folder is a component plugin: `pulumi package add ./lib/plugin`, or the same with the repository's address in front. It is a separate folder
 * because Pulumi accepts no folder that is also a program, and because its analyzer looks for `index.ts` beside `PulumiPlugin.yaml`. Its `install`
 * script builds the library that it runs.
 *
 * Its classes are those of the library in a form that a schema can express, see `component-of.ts`.
 *
 * KindCluster is for TypeScript only: its output `cluster`, for `deletedWith`, has a type from a package that each user generates. Other languages get
 * such a cluster with `Sandbox`.
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
