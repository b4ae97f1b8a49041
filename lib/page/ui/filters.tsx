import { useModel } from "./model";

/** What of the answers is shown. */
export function Filters() {
  const { look, set } = useModel();
  const field = (key: "from" | "to" | "port" | "policy", hint: string) => (
    <label>
      <span>{key}</span>
      <input
        id={`filter-${key}`}
        type="search"
        value={look[key]}
        placeholder={hint}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => set({ [key]: currentTarget.value })}
      />
    </label>
  );
  const isFiltered =
    [look.from, look.to, look.port, look.policy].some((text) => text !== "") ||
    look.plain ||
    look.hidden.length > 0 ||
    look.focus !== undefined;
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {field("from", "name or label")}
      {field("to", "name or label")}
      {field("port", "5432, http")}
      {field("policy", "name")}
      <fieldset class="chips">
        <legend class="hidden">Shown</legend>
        {(["allowed", "denied", "unknown"] as const).map((state) => (
          <label key={state} class={`chip ${state}`}>
            <input
              type="checkbox"
              checked={!look.hidden.includes(state)}
              onChange={({ currentTarget }) =>
                set({
                  hidden: currentTarget.checked ? look.hidden.filter((one) => one !== state) : [...look.hidden, state],
                })
              }
            />
            {state}
          </label>
        ))}
        <label class="chip plain">
          <input
            type="checkbox"
            checked={look.plain}
            onChange={({ currentTarget }) => set({ plain: currentTarget.checked })}
          />
          only plain text
        </label>
      </fieldset>
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
