import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { PageData } from "../data";
import { Changes } from "./changes";
import { Detail } from "./detail";
import type { EngineClient } from "./engine-client";
import { Filters } from "./filters";
import { Graph } from "./graph";
import { Header } from "./header";
import { List } from "./list";
import { Matrix } from "./matrix";
import { type Model, ModelContext } from "./model";
import { Policies } from "./policies";
import { fragmentOf, type View, type ViewState, viewStateOf } from "./state";
import { Traffic } from "./traffic";

const views: readonly { view: View; name: string; key: string }[] = [
  { view: "changes", name: "Changes", key: "1" },
  { view: "graph", name: "Graph", key: "2" },
  { view: "matrix", name: "Matrix", key: "3" },
  { view: "list", name: "List", key: "4" },
  { view: "policies", name: "Policies", key: "5" },
  { view: "traffic", name: "Traffic", key: "6" },
];

/** Whether a page has data for a view. */
function isThere(view: View, { sides, seen }: PageData): boolean {
  if (view === "changes") return sides.length > 1;
  return view !== "traffic" || seen !== undefined;
}

export function App({ data, engine }: { data: PageData; engine: EngineClient }) {
  const two = data.sides.length > 1;
  const first = useMemo<ViewState>(
    () => ({
      // A graph of everything needs a complete scan first, which is slow for large clusters.
      view: two ? "changes" : data.seen !== undefined ? "traffic" : data.endpoints.length > 600 ? "matrix" : "graph",
      side: two ? 1 : 0,
      from: "",
      to: "",
      port: "",
      policy: "",
      hidden: [],
      plain: false,
      traffic: true,
      toggled: [],
    }),
    [two, data],
  );
  const [viewState, setViewState] = useState(() => viewStateOf(location.hash, first));
  const set = useCallback((change: Partial<ViewState>) => setViewState((before) => ({ ...before, ...change })), []);

  useEffect(() => {
    const fragment = fragmentOf(viewState, first);
    if (location.hash.slice(1) !== fragment) history.replaceState(null, "", fragment === "" ? "#" : `#${fragment}`);
  }, [viewState, first]);
  useEffect(() => {
    const follow = () => setViewState(viewStateOf(location.hash, first));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [first]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const isTyping = target?.closest("input, textarea, select, [contenteditable], .edit") != null;
      if (event.key === "Escape") {
        setViewState(({ selected: _, ...rest }) => rest);
        return;
      }
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const view = views.find(({ key }) => key === event.key)?.view;
      if (view !== undefined && isThere(view, data)) set({ view });
      if (event.key === "/") {
        event.preventDefault();
        document.getElementById("filter-from")?.focus();
      }
      if (event.key === "b" && two) setViewState((before) => ({ ...before, side: 1 - before.side }));
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [set, two, data]);

  const side = data.sides[viewState.side];
  const model = useMemo<Model>(
    () => ({
      data,
      engine,
      endpoints: (side?.endpoints ?? []).flatMap((place) => data.endpoints[place] ?? []),
      policies: (side?.policies ?? []).flatMap((place) => data.policies[place] ?? []),
      viewState,
      set,
    }),
    [data, engine, side, viewState, set],
  );
  const shown = views
    .filter(({ view }) => isThere(view, data))
    .map((one) => (one.view === "traffic" ? { ...one, name: data.seen?.name ?? one.name } : one));
  return (
    <ModelContext.Provider value={model}>
      <a
        class="skip"
        href="#main-view"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main-view")?.focus();
        }}
      >
        Skip to the answers
      </a>
      <Header />
      <nav class="bar" aria-label="Views and filters">
        <div class="tabs" role="tablist" aria-label="Views">
          {shown.map(({ view, name, key }) => (
            <button
              key={view}
              id={`tab-${view}`}
              type="button"
              role="tab"
              aria-selected={viewState.view === view}
              aria-controls="main-view"
              tabIndex={viewState.view === view ? 0 : -1}
              title={`${name} (${key})`}
              onClick={() => set({ view })}
              onKeyDown={(event) => {
                const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
                if (step === 0) return;
                const at = shown.findIndex((one) => one.view === viewState.view);
                const next = shown[(at + step + shown.length) % shown.length];
                if (next === undefined) return;
                set({ view: next.view });
                document.getElementById(`tab-${next.view}`)?.focus();
              }}
            >
              {name}
            </button>
          ))}
        </div>
        {viewState.view !== "policies" && <Filters />}
      </nav>
      <main class={viewState.selected === undefined ? "body" : "body with-detail"}>
        <div class="view">
          <div id="main-view" role="tabpanel" aria-labelledby={`tab-${viewState.view}`} tabIndex={-1}>
            {viewState.view === "changes" && <Changes />}
            {viewState.view === "traffic" && <Traffic />}
            {viewState.view === "graph" && <Graph />}
            {viewState.view === "matrix" && <Matrix />}
            {viewState.view === "list" && <List />}
            {viewState.view === "policies" && <Policies />}
          </div>
        </div>
        {viewState.selected !== undefined && <Detail />}
      </main>
    </ModelContext.Provider>
  );
}
