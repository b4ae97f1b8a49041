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
import { fragmentOf, type Look, lookOf, type View } from "./state";
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
  const first = useMemo<Look>(
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
  const [look, setLook] = useState(() => lookOf(location.hash, first));
  const set = useCallback((change: Partial<Look>) => setLook((before) => ({ ...before, ...change })), []);

  useEffect(() => {
    const fragment = fragmentOf(look, first);
    if (location.hash.slice(1) !== fragment) history.replaceState(null, "", fragment === "" ? "#" : `#${fragment}`);
  }, [look, first]);
  useEffect(() => {
    const follow = () => setLook(lookOf(location.hash, first));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [first]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const isTyping = target?.closest("input, textarea, select, [contenteditable], .edit") != null;
      if (event.key === "Escape") {
        setLook(({ selected: _, ...rest }) => rest);
        return;
      }
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const view = views.find(({ key }) => key === event.key)?.view;
      if (view !== undefined && isThere(view, data)) set({ view });
      if (event.key === "/") {
        event.preventDefault();
        document.getElementById("filter-from")?.focus();
      }
      if (event.key === "b" && two) setLook((before) => ({ ...before, side: 1 - before.side }));
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [set, two, data]);

  const side = data.sides[look.side];
  const model = useMemo<Model>(
    () => ({
      data,
      engine,
      endpoints: (side?.endpoints ?? []).flatMap((place) => data.endpoints[place] ?? []),
      policies: (side?.policies ?? []).flatMap((place) => data.policies[place] ?? []),
      look,
      set,
    }),
    [data, engine, side, look, set],
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
              aria-selected={look.view === view}
              aria-controls="main-view"
              tabIndex={look.view === view ? 0 : -1}
              title={`${name} (${key})`}
              onClick={() => set({ view })}
              onKeyDown={(event) => {
                const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
                if (step === 0) return;
                const at = shown.findIndex((one) => one.view === look.view);
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
        {look.view !== "policies" && <Filters />}
      </nav>
      <main class={look.selected === undefined ? "body" : "body with-detail"}>
        <div class="view">
          <div id="main-view" role="tabpanel" aria-labelledby={`tab-${look.view}`} tabIndex={-1}>
            {look.view === "changes" && <Changes />}
            {look.view === "traffic" && <Traffic />}
            {look.view === "graph" && <Graph />}
            {look.view === "matrix" && <Matrix />}
            {look.view === "list" && <List />}
            {look.view === "policies" && <Policies />}
          </div>
        </div>
        {look.selected !== undefined && <Detail />}
      </main>
    </ModelContext.Provider>
  );
}
