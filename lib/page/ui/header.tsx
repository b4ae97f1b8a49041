import { useEffect, useState } from "preact/hooks";
import { plural } from "../../reachability/words";
import { useModel, useOverview } from "./model";

const count = (number: number) => number.toLocaleString("en-US");

/** The title, the totals, and the choice of the state. */
export function Header() {
  const { data, endpoints, policies, viewState, set } = useModel();
  const objects = data.sides[viewState.side]?.objects?.length ?? 0;
  const overview = useOverview();
  const total = overview?.total;
  const isWhole = overview?.isWhole === true;
  const pods = endpoints.filter(({ namespace }) => namespace !== undefined).length;
  return (
    <header class="head">
      <div class="name">
        <h1>
          <span class="brand">meshfence</span> {data.title}
        </h1>
        <p class="faint">
          {plural(pods, "workload")} · {count(endpoints.length - pods)} other peers ·{" "}
          {plural(policies.length, "policy", "policies")}
          {objects > 0 && <> · {count(objects)} of Linkerd</>}
        </p>
      </div>
      <ul class="totals" aria-label="Edges" aria-busy={!isWhole}>
        <Total name="allowed" glyph="✓" number={total?.allowed} />
        <Total name="denied" glyph="✗" number={total?.denied} />
        {(total?.unknown ?? 0) > 0 && <Total name="unknown" glyph="?" number={total?.unknown} />}
        {(total?.plain ?? 0) > 0 && <Total name="plain text" glyph="◌" number={total?.plain} />}
        {overview !== undefined && !isWhole && (
          <li class="faint">so far, {Math.round((100 * overview.asked) / Math.max(1, endpoints.length))} %</li>
        )}
      </ul>
      {data.sides.length > 1 && (
        <fieldset class="switch">
          <legend class="hidden">State</legend>
          {data.sides.map(({ name }, place) => (
            <label key={name} class={viewState.side === place ? "on" : ""} title={name}>
              <input
                type="radio"
                name="side"
                checked={viewState.side === place}
                onChange={() => set({ side: place })}
              />
              {place === 0 ? "Before" : "After"}
            </label>
          ))}
        </fieldset>
      )}
      <Theme />
      <Notes />
    </header>
  );
}

function Total({ name, glyph, number }: { name: string; glyph: string; number: number | undefined }) {
  return (
    <li class={`total ${name.replace(" ", "-")}`}>
      <span aria-hidden="true">{glyph}</span> <b>{number === undefined ? "…" : count(number)}</b> {name}
    </li>
  );
}

function Theme() {
  const [theme, setTheme] = useState<"" | "light" | "dark">("");
  useEffect(() => {
    if (theme === "") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const isDark = theme === "dark" || (theme === "" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <button
      type="button"
      class="quiet theme"
      aria-label={isDark ? "Light colours" : "Dark colours"}
      onClick={() => setTheme(isDark ? "light" : "dark")}
    >
      {isDark ? "☀" : "☾"}
    </button>
  );
}

/** The notes that limit the answers. */
function Notes() {
  const { notes } = useModel().data;
  if (notes.length === 0) return null;
  const unseen = notes.filter(({ kind }) => kind === "unseen").length;
  const words = [
    ...(unseen > 0 ? [`${unseen} not seen`] : []),
    ...(notes.length - unseen > 0 ? [`${notes.length - unseen} to viewState at`] : []),
  ];
  return (
    <details class="notes">
      <summary>
        ⚠ {words.join(", ")}
        {unseen > 0 && ": the answers leave that out"}
      </summary>
      <ul>
        {notes.slice(0, 200).map(({ kind, text }, place) => (
          <li key={place}>
            <b>{kind}</b> {text}
          </li>
        ))}
        {notes.length > 200 && <li>and {count(notes.length - 200)} more</li>}
      </ul>
    </details>
  );
}
