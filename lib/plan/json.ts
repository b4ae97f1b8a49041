import type { Plan } from "./model";

/** The plan as JSON, for scripts: `{ project, stack, resources: [{ urn, type, name, parent, dependsOn, provider, wave, component, cluster, inputs, source, objects, objectSources, unseen }] }`. */
export function planAsJson({ project, stack, resources, unseen }: Plan): string {
  const content = {
    project,
    stack,
    // Named in the order in which they are written; `component` only where it is one.
    resources: resources.map(({ urn, type, name, parent, dependsOn, provider, wave, component, inputs, ...more }) => ({
      ...{ urn, type, name, parent, dependsOn, provider, wave, component: component || undefined, inputs },
      ...more,
    })),
    unseen,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The plan out of {@link planAsJson}, in another process. */
export function planFromJson(text: string): Plan {
  const { project, stack, resources, unseen } = JSON.parse(text) as Plan;
  return {
    project,
    stack,
    ...(unseen !== undefined && { unseen }),
    resources: resources.map((resource) => ({ ...resource, component: resource.component === true })),
  };
}
