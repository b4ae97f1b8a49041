import { useState } from "preact/hooks";
import type { SeenEdge, SeenGroup } from "../data";
import { seenPortWords } from "../engine/overlay";
import { glyphs, has, stateNames, useModel } from "./model";

const page = 200;

/** Recorded traffic compared with the verdicts: denied but used, allowed but unused. */
export function Traffic() {
  const { data } = useModel();
  const { seen } = data;
  if (seen === undefined) return null;
  return (
    <div class="changes traffic">
      <p class="headline">{seen.headline}</p>
      {seen.groups.map((group) => (
        <Group key={group.title} group={group} />
      ))}
      {seen.groups.length === 0 && <p class="empty">Everything seen is allowed, and everything allowed was seen.</p>}
      {seen.blind.length > 0 && (
        <section>
          <h2>What the {seen.name === "Probes" ? "probes" : "traffic"} cannot tell</h2>
          <ul class="blind">
            {seen.blind.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Group({ group: { title, state, mark, edges } }: { group: SeenGroup }) {
  const { viewState } = useModel();
  const [most, setMost] = useState(page);
  const shown = edges.filter(
    (edge) =>
      !viewState.hidden.includes(state) &&
      !viewState.hidden.includes(mark ?? "") &&
      has(edge.from, viewState.from) &&
      has(edge.to, viewState.to) &&
      has(seenPortWords(edge), viewState.port) &&
      has(edge.words, viewState.policy),
  );
  if (shown.length === 0) return null;
  return (
    <section>
      <h2>
        {title} <span class="faint">{shown.length.toLocaleString("en-US")}</span>
      </h2>
      <ul class="rows">
        {shown.slice(0, most).map((edge, place) => (
          <li key={place}>
            <Edge edge={edge} state={state} />
          </li>
        ))}
      </ul>
      {shown.length > most && (
        <button type="button" onClick={() => setMost(most + page)}>
          Show more of {shown.length.toLocaleString("en-US")}
        </button>
      )}
    </section>
  );
}

function Edge({ edge, state }: { edge: SeenEdge; state: SeenGroup["state"] }) {
  const { set } = useModel();
  const { from, to, proto, port, words } = edge;
  return (
    <button
      type="button"
      class={`row ${state}`}
      onClick={() => set({ selected: { kind: "edge", from, to, ...(port !== undefined && { proto, port }) } })}
    >
      <span class="glyph" aria-hidden="true">
        {glyphs[stateNames.indexOf(state)]}
      </span>
      <span class="edge">
        <span class="hidden">{state}: </span>
        <bdi>{from}</bdi> <span class="arrow">→</span> <bdi>{to}</bdi> <code>{seenPortWords(edge)}</code>
      </span>
      <span class="why faint">{words}</span>
    </button>
  );
}
