import type { Decider } from "../../cilium/policy/model";
import type { Models } from "../../cilium/policy/models";
import { EndpointPolicy } from "../../cilium/policy/subject";
import { append, present } from "../../common/maps";
import type { EndpointMesh, Scenario } from "../../scenario/scenario";
import { Numbers } from "./numbers";

/** The endpoints as sources. */
export interface Sources {
  deciders: readonly Decider[];
  /** By identity, the indices of the deciders that have a rule for it. */
  concerned: ReadonlyMap<number, readonly number[]>;
  /** The distinct sidecar configurations; undefined for endpoints without a sidecar. */
  meshes: readonly (EndpointMesh | undefined)[];
  /** By index in the scenario, the indices in {@link deciders} and {@link meshes}. */
  deciderOf: Int32Array;
  meshOf: Int32Array;
  identityOf: Int32Array;
}

/** Collects the distinct deciders, sidecars and identities of all endpoints as sources. */
export function sourcesOf(model: Models, { endpoints }: Pick<Scenario, "endpoints">): Sources {
  const deciders = new Numbers<Decider>();
  const numbers = new Numbers<string>();
  const meshes: (EndpointMesh | undefined)[] = [];
  const ends = endpoints.map(({ id }) => present(model.endpoint(id), `endpoint ${id}`));
  const deciderOf = Int32Array.from(ends, (end) => deciders.of(model.decider(end, "egress")));
  const meshOf = Int32Array.from(ends, ({ facts: { mesh } }) => {
    const number = numbers.of(JSON.stringify(mesh) ?? "");
    meshes[number] = mesh;
    return number;
  });
  const concerned = new Map<number, number[]>();
  for (const [place, decider] of deciders.values().entries()) {
    if (!(decider instanceof EndpointPolicy)) continue;
    for (const identity of decider.selected) append(concerned, identity, place);
  }
  return {
    deciders: deciders.values(),
    concerned,
    meshes,
    deciderOf,
    meshOf,
    identityOf: Int32Array.from(ends, ({ identity }) => identity),
  };
}
