import type * as pulumi from "@pulumi/pulumi";

type Component = new (name: string, args: object, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

/**
 * The library's component as a plain `ComponentResource`. Pulumi's analyzer takes for a component only what extends that class itself, and
 * takes every field that it sees for an output; so a class here declares the outputs that other languages get, and says its arguments in a
 * form that a schema can say.
 */
export function componentOf(component: unknown): Component {
  return component as Component;
}
