import { isRecord } from "../input/manifests/shape";
import type { Recording } from "../pulumi-engine";
import type { Expansion } from "./kubernetes/expansion";
import { compare, type Plan, plainInputs, releaseType } from "./model";

/** Every image that a program's resources need, and the charts whose images are unknown. */
export interface ImageList {
  /** By reference, each once. */
  readonly images: readonly PlannedImage[];
  /** Charts that could not be rendered: which images they need is not known. */
  readonly missing: readonly { readonly object: string; readonly reason: string; readonly fix: string }[];
}

export interface PlannedImage {
  /** As written where it is used: `registry/path:tag@digest`, or part of that. */
  readonly reference: string;
  /** The resources that need it, by name. */
  readonly usedBy: readonly string[];
}

/** The images of the plan's resources, and of the charts that its releases install. */
export async function imagesOf(plan: Plan, expansion: Expansion, { registrations }: Recording): Promise<ImageList> {
  const users = new Map<string, Set<string>>();
  const missing: ImageList["missing"][number][] = [];
  const add = (name: string, value: unknown): void => {
    for (const reference of imagesIn(value)) users.set(reference, (users.get(reference) ?? new Set()).add(name));
  };
  for (const { name, type, inputs, component, objects, unseen } of plan.resources) {
    if (type === "kind:index/cluster:Cluster") add(name, { containers: [{ image: inputs.nodeImage }] });
    else if (!component) add(name, [inputs, objects]);
    if (unseen !== undefined && type !== releaseType) missing.push({ object: name, ...unseen });
  }
  const releases = registrations.filter(({ type }) => type === releaseType);
  for (const registration of releases) {
    const expanded = await expansion.everyRelease(registration.name, plainInputs(registration));
    if ("reason" in expanded) missing.push({ object: registration.name, reason: expanded.reason, fix: expanded.fix });
    else add(registration.name, expanded.objects);
  }
  const list = listImages(users);
  return { images: list.images, missing: [...missing, ...list.missing, ...(plan.unseen ?? [])] };
}

/** Leaves out invalid references: programs that read the list could take them for options, or for several references. */
export function listImages(users: ReadonlyMap<string, ReadonlySet<string>>): ImageList {
  const images = [...users]
    .map(([reference, names]) => ({ reference, usedBy: [...names].sort(compare) }))
    .sort((a, b) => compare(a.reference, b.reference));
  const isReference = ({ reference }: PlannedImage) => /^[a-z0-9][\w.:/@+-]*$/i.test(reference);
  return {
    images: images.filter(isReference),
    missing: images
      .filter((image) => !isReference(image))
      .map(({ reference, usedBy }) => ({
        object: usedBy.join(", "),
        reason: `${JSON.stringify(reference)} is no reference of an image`,
        fix: "Give registry, path and tag or digest",
      })),
  };
}

const containerLists = ["containers", "initContainers", "ephemeralContainers"];

/** The images of all pods that an object creates, wherever it has pod templates. */
export function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (!isRecord(value)) return [];
  const own = containerLists.flatMap((list) => {
    const containers = value[list];
    return Array.isArray(containers) ? containers.flatMap((container) => textOf(container, "image")) : [];
  });
  const volumes = Array.isArray(value.volumes)
    ? value.volumes.flatMap((volume) => (isRecord(volume) ? textOf(volume.image, "reference") : []))
    : [];
  return [...own, ...volumes, ...Object.values(value).flatMap(imagesIn)];
}

function textOf(value: unknown, member: string): string[] {
  const text = isRecord(value) ? value[member] : undefined;
  return typeof text === "string" && text !== "" ? [text] : [];
}
