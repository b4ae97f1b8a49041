import { useEffect, useRef } from "preact/hooks";
import { EdgeDetail } from "./edge-detail";
import { EndpointDetail } from "./endpoint-detail";
import { useModel } from "./model";
import { PolicyDetail } from "./policy-detail";

/** Details of the selected edge, policy or endpoint. */
export function Detail() {
  const { viewState, set } = useModel();
  const { selected } = viewState;
  const title = useRef<HTMLHeadingElement>(null);
  const key = JSON.stringify(selected);
  useEffect(() => title.current?.focus(), [key]);
  if (selected === undefined) return null;
  const name = selected.kind === "edge" ? "Why" : selected.kind === "policy" ? "Policy" : "Endpoint";
  return (
    <section class="detail" aria-label={name}>
      <div class="detail-head">
        <h2 ref={title} tabIndex={-1}>
          {name}
        </h2>
        <button
          type="button"
          class="quiet"
          aria-label="Close (Escape)"
          onClick={() => set({ selected: undefined as never })}
        >
          ✕
        </button>
      </div>
      {selected.kind === "edge" && <EdgeDetail key={key} {...selected} />}
      {selected.kind === "policy" && <PolicyDetail key={key} place={selected.place} />}
      {selected.kind === "endpoint" && <EndpointDetail key={key} id={selected.id} />}
    </section>
  );
}
