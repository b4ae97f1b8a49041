import type { Registration, SourcePosition } from "./recording";
import type { Properties } from "./values";

/** What a provider would return for a created resource. */
export interface Answer {
  readonly id?: string;
  readonly outputs?: Properties;
}

/** The children that a provider would create for a component, or why they are unknown. */
export type Constructed =
  | {
      readonly children: readonly {
        readonly type: string;
        readonly name: string;
        readonly inputs: Properties;
        readonly source?: SourcePosition | undefined;
      }[];
    }
  | Unexpanded;

/** Why the children of a component are missing, and what to do. */
export interface Unexpanded {
  readonly reason: string;
  readonly fix: string;
}

/** A function that the program calls on a provider: an invoke, or a method of a resource. */
export interface FunctionCall {
  readonly token: string;
  readonly arguments: Properties;
  /** URN of the explicit provider. */
  readonly provider?: string | undefined;
}

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly mode: "preview" | "update";
  readonly config: { readonly [key: string]: string };
  readonly secretConfigKeys: readonly string[];
  /** Stands in for the providers of resources that are created or read. */
  readonly respond?: (registration: Registration) => Promise<Answer | undefined> | Answer | undefined;
  readonly construct?: (registration: Registration) => Promise<Constructed> | Constructed;
  readonly invoke?: (call: FunctionCall) => Promise<Properties | undefined> | Properties | undefined;
}
