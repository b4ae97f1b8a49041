import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { portWords } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import type { PageData, PagePolicy, SeenMark } from "../data";
import type { Overview } from "../engine/scan";
import { Code, groupOf, type Kind, kindAt, type PortAnswer } from "../engine/side";
import type { EngineClient } from "./engine-client";
import type { ViewState } from "./state";

/** The context of every component. */
export interface Model {
  data: PageData;
  engine: EngineClient;
  /** The endpoints of the shown side, in its order. */
  endpoints: readonly EndpointFacts[];
  policies: readonly PagePolicy[];
  viewState: ViewState;
  set(change: Partial<ViewState>): void;
}

export const ModelContext = createContext<Model | undefined>(undefined);

export function useModel(): Model {
  const model = useContext(ModelContext);
  if (model === undefined) throw new Error("useModel must be used within the page's ModelContext");
  return model;
}

/** A value that is loaded again when `inputs` change. The old value stays until the new one arrives. */
export function useAsked<T>(
  ask: () => T | Promise<T>,
  inputs: readonly unknown[],
): { value?: T; error?: string; isOld: boolean } {
  const [state, setState] = useState<{ value?: T; error?: string; isOld: boolean }>({ isOld: true });
  useEffect(() => {
    let isWanted = true;
    setState((before) => ({ ...before, isOld: true }));
    Promise.resolve()
      .then(ask)
      .then(
        (value) => isWanted && setState({ value, isOld: false }),
        (error: unknown) =>
          isWanted && setState({ error: error instanceof Error ? error.message : String(error), isOld: false }),
      );
    return () => {
      isWanted = false;
    };
  }, inputs);
  return state;
}

/** The overview of the shown side, as far as it is computed. */
export function useOverview(): Overview | undefined {
  const { engine, viewState } = useModel();
  const [known, setKnown] = useState<Overview>();
  useEffect(() => {
    setKnown(undefined);
    return engine.overview(viewState.side, setKnown);
  }, [engine, viewState.side]);
  return known;
}

export const stateNames = ["", "allowed", "denied", "unknown"] as const;
export const glyphs = ["·", "✓", "✗", "?"] as const;

/** The marks of recorded traffic, with signs that distinguish them without colour. */
export const markNames = ["used", "unused", "wanted", "undecided"] as const satisfies readonly SeenMark[];
export const markGlyphs: Readonly<Record<SeenMark, string>> = { used: "●", unused: "◌", wanted: "✗", undecided: "?" };

/** Whether a text contains every word of a search, ignoring case. */
export function has(text: string, wanted: string): boolean {
  const lower = text.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

export function endpointMatches(endpoint: EndpointFacts, wanted: string): boolean {
  if (wanted === "") return true;
  const labels = Object.entries(endpoint.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return has([endpoint.id, groupOf(endpoint), ...labels].join(" "), wanted);
}

export function portMatches(
  { name, ...port }: Pick<PortAnswer, "proto" | "port" | "name" | "standsFor">,
  wanted: string,
): boolean {
  return wanted === "" || has(`${port.proto}/${port.port} ${port.port} ${portWords(port, name)}`, wanted);
}

/** Stands for an unknown verdict while the shown answer is still about another side. */
const pending: Kind = { code: Code.Unknown, why: [], mesh: "", plain: false, open: false, own: false, l7: false };

/** The kind of the flows from a source, or `pending` if the answer lacks the source. */
export function kindShown(port: PortAnswer, source: number): Kind {
  return source >= 0 && source < port.kindOf.length ? kindAt(port, source) : pending;
}

/** Whether the filters show flows of a kind. */
export function kindMatches(kind: Kind, { hidden, plain, policy }: ViewState): boolean {
  if (kind.code === Code.None || hidden.includes(stateNames[kind.code] ?? "")) return false;
  if (plain && !kind.plain) return false;
  return policy === "" || kind.why.some((why) => has(why, policy));
}
