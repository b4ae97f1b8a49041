import { SECRET } from "../../common/placeholder";
import type { Constructed, Properties, Recording, Registration } from "../../pulumi-engine";
import {
  compare,
  type JsonValue,
  type PlannedResource,
  plainInputs,
  type Releases,
  releaseType,
  sourceIn,
} from "../model";
import { type Expanded, type ExpandedObject, type Expansion, placeOf } from "./expansion";

/** The children that the Kubernetes provider creates for a component, with the provider's names and types. */
export async function constructed(expansion: Expansion, registration: Registration): Promise<Constructed> {
  const { type, name } = registration;
  const inputs = plainInputs(registration);
  const expanded = await expansion.component(type, name, inputs);
  if ("reason" in expanded) return expanded;
  const prefix = typeof inputs.resourcePrefix === "string" ? inputs.resourcePrefix : name;
  const taken = new Set<string>();
  const children = expanded.objects.flatMap((object) => {
    const { apiVersion, kind } = object;
    if (typeof apiVersion !== "string" || typeof kind !== "string") return [];
    const child = {
      type: `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
      name: `${prefix}:${nameOf(object)}`,
    };
    // The provider would fail on this name; the plan shows both objects.
    while (taken.has(`${child.type} ${child.name}`)) child.name += "'";
    taken.add(`${child.type} ${child.name}`);
    return [{ ...child, inputs: object as Properties, source: placeOf(object) }];
  });
  return { children };
}

function nameOf({ metadata }: ExpandedObject): string {
  const { name, namespace } = (typeof metadata === "object" && metadata !== null ? metadata : {}) as {
    name?: JsonValue;
    namespace?: JsonValue;
  };
  return typeof namespace === "string" ? `${namespace}/${String(name)}` : String(name);
}

/**
 * What the Helm releases of a program install, if they can be rendered.
 *
 * @param root The project's root, to which places are relative.
 */
export async function expandedReleases(
  expansion: Expansion,
  { registrations }: Recording,
  root: string,
): Promise<Releases> {
  const releases = registrations.filter(({ type }) => type === releaseType);
  const expanded = await Promise.all(
    releases.map(
      async (registration): Promise<[string, Expanded | undefined]> => [
        registration.urn,
        await expansion.release(registration.name, plainInputs(registration)),
      ],
    ),
  );
  return new Map(
    expanded.flatMap(([urn, one]): [string, Made][] => {
      if (one === undefined) return [];
      if ("reason" in one) return [[urn, { unseen: { reason: one.reason, fix: one.fix } }]];
      const placed = one.objects.map((object) => ({ object: masked(object), source: sourceIn(root, placeOf(object)) }));
      placed.sort((a, b) => byText(a.object, b.object));
      const sources = placed.map(({ source }) => source ?? null);
      return [
        [
          urn,
          {
            objects: placed.map(({ object }) => object),
            ...(sources.some((source) => source !== null) && { objectSources: sources }),
          },
        ],
      ];
    }),
  );
}

type Made = Pick<PlannedResource, "objects" | "objectSources" | "unseen">;

const byText = (a: JsonValue, b: JsonValue) => compare(JSON.stringify(a), JSON.stringify(b));

/** Charts generate keys, and a plan has many readers. */
function masked(object: ExpandedObject): JsonValue {
  if (object.kind !== "Secret") return object;
  const mask = (data: JsonValue | undefined) =>
    typeof data === "object" && data !== null
      ? Object.fromEntries(Object.keys(data).map((key) => [key, SECRET]))
      : data;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      key === "data" || key === "stringData" ? (mask(value) ?? null) : value,
    ]),
  );
}
