import type { Properties } from "./values";

/** What a program requested for one resource, as the engine understood it, and what it got back. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN of the parent. Undefined for the stack itself and for default providers. */
  readonly parent?: string | undefined;
  /** True for a resource that a provider creates, false for a component. */
  readonly custom: boolean;
  /** True for a component whose children a provider plugin constructs (`helm.v4.Chart`, `yaml.v2.ConfigGroup`). */
  readonly remote: boolean;
  /** For a remote component: why its children are not among the registrations. Absent if they are. */
  readonly unexpanded?: { readonly reason: string; readonly fix: string } | undefined;
  /** True for a default provider, which the engine adds for resources without an explicit one. */
  readonly implicit: boolean;
  /** True for a resource that the program only reads (`X.get`). */
  readonly read: boolean;
  /** Secrets are {@link Secret}, unknown values are {@link unknown}. */
  readonly inputs: Properties;
  /** URNs that the registration waited for, explicitly or through its inputs. Components are replaced by the resources in them. */
  readonly dependencies: readonly string[];
  /** The part of `dependencies` that came through each input. */
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  /** URN of the provider that manages the resource: explicit, inherited or the default one. Undefined for local components and providers. */
  readonly provider?: string | undefined;
  /** URNs of the providers that a component passes to its children, by package. */
  readonly providers: { readonly [package_: string]: string };
  readonly deletedWith?: string | undefined;
  readonly replaceWith: readonly string[];
  readonly protect?: boolean | undefined;
  readonly retainOnDelete?: boolean | undefined;
  readonly deleteBeforeReplace?: boolean | undefined;
  readonly aliases: readonly Alias[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly hideDiffs: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly customTimeouts: {
    readonly create?: string | undefined;
    readonly update?: string | undefined;
    readonly delete?: string | undefined;
  };
  /** Names of the hooks bound to the resource, by the moment at which they run. */
  readonly hooks: { readonly [moment: string]: readonly string[] };
  /** ID of an existing object that the resource adopts. */
  readonly import?: string | undefined;
  /** Version of the provider that the program was built for. */
  readonly version?: string | undefined;
  readonly pluginDownloadURL?: string | undefined;
  /** The type's package, if the program registered it by reference, as generated SDKs do. */
  readonly package?: PackageReference | undefined;
  /** Where the program created the resource. */
  readonly source?: SourcePosition | undefined;
  /** Undefined for components, and in preview. */
  readonly id?: string | undefined;
  /** What the program got back; for components, what it registered as outputs. Empty until then. */
  readonly outputs: Properties;
}

export interface PackageReference {
  /** The plugin. */
  readonly name: string;
  readonly version?: string | undefined;
  readonly downloadUrl?: string | undefined;
  /** Set if the plugin serves another package under this name (`terraform-provider` serving `kind`). */
  readonly parameterization?: { readonly name: string; readonly version: string; readonly value: string } | undefined;
}

export interface SourcePosition {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A former URN, or the parts of one that differ. */
export type Alias =
  | string
  | {
      readonly name?: string | undefined;
      readonly type?: string | undefined;
      readonly stack?: string | undefined;
      readonly project?: string | undefined;
      /** URN of the former parent, or null if there was none. */
      readonly parent?: string | null | undefined;
    };

export interface Diagnostic {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn?: string | undefined;
}

/** Everything that one run of a program sent to the engine. */
export interface Recording {
  readonly project: string;
  readonly stack: string;
  readonly mode: "preview" | "update";
  /** In the order in which they reached the engine, the stack first. */
  readonly registrations: readonly Registration[];
  /** What the program exports. */
  readonly outputs: Properties;
  readonly diagnostics: readonly Diagnostic[];
  /** The first error that stopped the program, as thrown. Undefined if it ran to its end. */
  readonly error?: unknown;
}
