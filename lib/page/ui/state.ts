export type View = "changes" | "traffic" | "matrix" | "graph" | "list" | "policies";
export type Selection =
  | { kind: "edge"; from: string; to: string; proto?: string; port?: number }
  | { kind: "policy"; place: number }
  | { kind: "endpoint"; id: string };

/** What the page shows. It is in the page's address, so that a link restores it. */
export interface ViewState {
  view: View;
  /** 0: before; 1: after. */
  side: number;
  from: string;
  to: string;
  port: string;
  policy: string;
  /** Hidden states, and hidden marks of recorded traffic. */
  hidden: readonly string[];
  plain: boolean;
  /** Whether the graph shows recorded traffic. */
  traffic: boolean;
  /** Namespaces whose folding differs from the initial one: folded if there are many endpoints, otherwise unfolded. */
  toggled: readonly string[];
  focus?: string;
  selected?: Selection;
}

/** The address fragment for a state, without members that have their initial value. */
export function fragmentOf(viewState: ViewState, first: ViewState): string {
  const words = new URLSearchParams();
  for (const key of ["view", "from", "to", "port", "policy"] as const)
    if (viewState[key] !== first[key]) words.set(key, viewState[key]);
  if (viewState.side !== first.side) words.set("side", String(viewState.side));
  if (viewState.plain) words.set("plain", "1");
  if (!viewState.traffic) words.set("traffic", "0");
  for (const state of viewState.hidden) words.append("hide", state);
  for (const group of viewState.toggled) words.append("fold", group);
  if (viewState.focus !== undefined) words.set("focus", viewState.focus);
  if (viewState.selected !== undefined) words.set("at", JSON.stringify(viewState.selected));
  return words.toString();
}

/** The state that a fragment describes. Members that cannot be read get their initial value. */
export function viewStateOf(fragment: string, first: ViewState): ViewState {
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const viewState: ViewState = {
    ...first,
    hidden: words.getAll("hide"),
    toggled: words.getAll("fold"),
    plain: words.get("plain") === "1",
    traffic: words.get("traffic") !== "0",
  };
  for (const key of ["from", "to", "port", "policy"] as const) viewState[key] = words.get(key) ?? first[key];
  const view = words.get("view");
  if (view !== null && views.includes(view as View)) viewState.view = view as View;
  if (words.get("side") === "0") viewState.side = 0;
  const focus = words.get("focus");
  if (focus !== null) viewState.focus = focus;
  const selected = selectionOf(words.get("at"));
  if (selected !== undefined) viewState.selected = selected;
  return viewState;
}

const views: readonly View[] = ["changes", "traffic", "matrix", "graph", "list", "policies"];

function selectionOf(text: string | null): Selection | undefined {
  if (text === null) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (value.kind === "policy" && typeof value.place === "number") return { kind: "policy", place: value.place };
    if (value.kind === "endpoint" && typeof value.id === "string") return { kind: "endpoint", id: value.id };
    if (value.kind !== "edge" || typeof value.from !== "string" || typeof value.to !== "string") return undefined;
    const { from, to, proto, port } = value;
    const asked = typeof proto === "string" && typeof port === "number" ? { proto, port } : {};
    return { kind: "edge", from, to, ...asked };
  } catch {
    return undefined;
  }
}
