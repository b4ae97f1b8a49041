import { list } from "../check/shape";
import { Entity } from "../entity";
import type { Problems } from "../problems";
import type { PeerKind } from "./kind";

/** What is not a pod: the world, a node, the API server. */
export interface EntityPeer {
  /** Tells the kinds of peers apart. */
  kind: "entity";
  /** Which. */
  entity: Entity;
}

export const entityKind: PeerKind<EntityPeer> = {
  member: "entity",
  check: ({ entity }, _, problems) => checkEntity(entity, problems.at("entity")),
  lists: ({ entity }) => ({ entities: [entity] }),
};

function checkEntity(entity: string, problems: Problems): void {
  const known: readonly string[] = Object.values(Entity);
  if (known.includes(entity)) return;
  const near: Record<string, string> = {
    apiserver: "kube-apiserver",
    internet: "world",
    any: "all",
    nodes: "remote-node",
  };
  const fold = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const meant = known.find((name) => fold(name) === fold(String(entity))) ?? near[fold(String(entity))];
  const fix = meant === undefined ? `use ${list(known, "or")}` : `did you mean "${meant}"?`;
  problems.add("invalid-value", `"${entity}" is not an entity`, fix);
}
