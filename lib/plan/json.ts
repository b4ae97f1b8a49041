import type { Plan } from "./model";

/** The plan as JSON, for scripts: `{ project, stack, resources: [{ urn, type, name, parent, dependsOn, provider, wave, component, inputs, objects, objectSources, unseen }] }`. */
export function planAsJson({ project, stack, resources, unseen: missed }: Plan): string {
  const content = {
    project,
    stack,
    resources: resources.map(
      ({
        urn,
        type,
        name,
        parent,
        dependsOn,
        provider,
        wave,
        inputs,
        component,
        source,
        objects,
        objectSources,
        unseen,
      }) => ({
        urn,
        type,
        name,
        parent,
        dependsOn,
        provider,
        wave,
        ...(component && { component }),
        inputs,
        ...(source !== undefined && { source }),
        ...(objects !== undefined && { objects }),
        ...(objectSources !== undefined && { objectSources }),
        ...(unseen !== undefined && { unseen }),
      }),
    ),
    ...(missed !== undefined && { unseen: missed }),
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
