import { useState } from "preact/hooks";
import { getOrMake } from "../../common/maps";
import { plural, portWords, someOf } from "../../reachability/words";
import type { ChangeRow } from "../engine/engine";
import { has, useAsked, useModel } from "./model";

const glyphs = { opened: "+", closed: "−", unclear: "?", changed: "~" };
const titles = { opened: "Opened", closed: "Closed", unclear: "Unclear", changed: "Changed" };
const page = 200;

/** The changes, with their reasons. */
export function Changes() {
  const { engine, viewState } = useModel();
  const { value, error } = useAsked(() => engine.ask<ChangeRow[]>("changes"), [engine]);
  const [most, setMost] = useState(page);
  if (error !== undefined) return <p class="empty">{error}</p>;
  if (value === undefined)
    return (
      <p class="empty" role="status">
        Comparing…
      </p>
    );
  const rows = value.filter(({ change, why }) => {
    const names = change.from.some((id) => has(id, viewState.from));
    return (
      names && has(change.to, viewState.to) && has(portWords(change), viewState.port) && has(why, viewState.policy)
    );
  });
  return (
    <div class="changes">
      <ChangeRows rows={rows.slice(0, most)} total={rows.length} />
      {rows.length > most && (
        <button type="button" onClick={() => setMost(most + page)}>
          Show more of {rows.length.toLocaleString("en-US")}
        </button>
      )}
    </div>
  );
}

export function ChangeRows({ rows, total }: { rows: readonly ChangeRow[]; total: number }) {
  const { set } = useModel();
  if (total === 0) return <p class="empty">Nothing opens and nothing closes.</p>;
  return (
    <>
      {(["opened", "unclear", "closed", "changed"] as const).map((kind) => {
        const own = rows.filter((row) => row.kind === kind);
        const lines = byEnds(own);
        if (own.length === 0) return null;
        return (
          <section key={kind}>
            <h2>
              {titles[kind]}{" "}
              <span class="faint">
                {plural(
                  own.reduce((sum, { change }) => sum + change.from.length, 0),
                  "edge",
                )}
              </span>
            </h2>
            <ul class="rows">
              {lines.map(({ change, why, ports }, place) => (
                <li key={place}>
                  <button
                    type="button"
                    class={`row ${kind}`}
                    onClick={() =>
                      set({
                        selected: {
                          kind: "edge",
                          from: change.from[0] ?? "",
                          to: change.to,
                          proto: change.proto,
                          port: change.port,
                        },
                      })
                    }
                  >
                    <span class="glyph" aria-hidden="true">
                      {glyphs[kind]}
                    </span>
                    <span class="edge">
                      <span class="hidden">{kind}: </span>
                      <bdi>{someOf(change.from, 6)}</bdi> <span class="arrow">→</span> <bdi>{change.to}</bdi>{" "}
                      <code>{ports.join(", ")}</code>
                    </span>
                    <span class="why faint">{why}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

interface ChangeLine extends ChangeRow {
  ports: readonly string[];
}

/** Joins ports between the same ends that change for the same reason into one line. */
function byEnds(rows: readonly ChangeRow[]): ChangeLine[] {
  const lines = new Map<string, { row: ChangeRow; ports: string[] }>();
  for (const row of rows) {
    const { from, to } = row.change;
    const line = getOrMake(lines, JSON.stringify([from, to, row.why]), () => ({ row, ports: [] }));
    line.ports.push(portWords(row.change));
  }
  return [...lines.values()].map(({ row, ports }) => ({ ...row, ports }));
}
