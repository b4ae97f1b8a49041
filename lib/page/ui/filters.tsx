import { markWords } from "../engine/overlay";
import { markGlyphs, markNames, useModel } from "./model";

/** The filters of the views. */
export function Filters() {
  const { data, viewState, set } = useModel();
  const isOverlaid = viewState.view === "traffic" || (viewState.view === "graph" && viewState.traffic);
  const marks = isOverlaid ? markNames.filter((mark) => data.seen?.groups.some((group) => group.mark === mark)) : [];
  const field = (key: "from" | "to" | "port" | "policy", hint: string) => (
    <label>
      <span>{key}</span>
      <input
        id={`filter-${key}`}
        type="search"
        value={viewState[key]}
        placeholder={hint}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => set({ [key]: currentTarget.value })}
      />
    </label>
  );
  const isFiltered =
    [viewState.from, viewState.to, viewState.port, viewState.policy].some((text) => text !== "") ||
    viewState.plain ||
    viewState.hidden.length > 0 ||
    viewState.focus !== undefined;
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {field("from", "name or label")}
      {field("to", "name or label")}
      {field("port", "5432, http")}
      {field("policy", "name")}
      <fieldset class="chips">
        <legend class="hidden">Shown</legend>
        {(["allowed", "denied", "unknown"] as const).map((state) => (
          <Shown key={state} what={state} kind={state} words={state} />
        ))}
        <label class="chip plain">
          <input
            type="checkbox"
            checked={viewState.plain}
            onChange={({ currentTarget }) => set({ plain: currentTarget.checked })}
          />
          only plain text
        </label>
      </fieldset>
      {marks.length > 0 && (
        <fieldset class="chips">
          <legend class="hidden">Traffic shown</legend>
          {marks.map((mark) => (
            <Shown key={mark} what={mark} kind={mark} words={`${markGlyphs[mark]} ${markWords[mark]}`} />
          ))}
        </fieldset>
      )}
      {isFiltered && (
        <button
          type="button"
          class="quiet"
          onClick={() =>
            set({ from: "", to: "", port: "", policy: "", hidden: [], plain: false, focus: undefined as never })
          }
        >
          Clear
        </button>
      )}
    </form>
  );
}

/** A check box that shows or hides a state, or a mark of recorded traffic. */
function Shown({ what, kind, words }: { what: string; kind: string; words: string }) {
  const { viewState, set } = useModel();
  const { hidden } = viewState;
  return (
    <label class={`chip ${kind}`}>
      <input
        type="checkbox"
        checked={!hidden.includes(what)}
        onChange={({ currentTarget }) =>
          set({ hidden: currentTarget.checked ? hidden.filter((one) => one !== what) : [...hidden, what] })
        }
      />
      {words}
    </label>
  );
}
