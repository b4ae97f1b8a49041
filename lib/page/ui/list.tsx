import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { append } from "../../common/maps";
import { portWords, someOf } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import { groupOf, type Kind, type PortAnswer, type TargetAnswer } from "../engine/side";
import { endpointMatches, glyphs, kindMatches, kindShown, portMatches, stateNames, useAsked, useModel } from "./model";

const page = 60;

/** Who reaches each endpoint, and by which rules. */
export function List() {
  const { endpoints, viewState } = useModel();
  const [most, setMost] = useState(page);
  const targets = useMemo(
    () =>
      endpoints
        .map((endpoint, place) => ({ endpoint, place }))
        .filter(
          ({ endpoint }) =>
            (endpoint.ports ?? []).some((port) =>
              portMatches({ proto: port.protocol ?? "TCP", ...port }, viewState.port),
            ) && endpointMatches(endpoint, viewState.to),
        ),
    [endpoints, viewState.to, viewState.port],
  );
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (end.current === null) return undefined;
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && setMost((before) => before + page), {
      rootMargin: "600px",
    });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [targets, most]);
  if (targets.length === 0) return <p class="empty">No endpoint matches.</p>;
  return (
    <div class="list">
      {targets.slice(0, most).map(({ endpoint, place }) => (
        <Target key={endpoint.id} endpoint={endpoint} place={place} />
      ))}
      {targets.length > most && (
        <div ref={end} class="empty">
          …
        </div>
      )}
    </div>
  );
}

function Target({ endpoint, place }: { endpoint: EndpointFacts; place: number }) {
  const { engine, viewState } = useModel();
  const { value } = useAsked<TargetAnswer>(() => engine.target(viewState.side, place), [engine, viewState.side, place]);
  return (
    <section class="target">
      <h2>
        <bdi>{endpoint.id}</bdi>{" "}
        <span class="faint">
          {groupOf(endpoint) === "(outside)"
            ? "outside the cluster's pods"
            : endpoint.mesh?.injected === true
              ? "meshed"
              : ""}
        </span>
      </h2>
      {value?.ports
        .filter((port) => portMatches(port, viewState.port))
        .map((port) => (
          <Port key={`${port.proto}${port.port}`} port={port} endpoint={endpoint} />
        ))}
    </section>
  );
}

function Port({ port, endpoint }: { port: PortAnswer; endpoint: EndpointFacts }) {
  const { endpoints, viewState, set } = useModel();
  const groups = useMemo(() => {
    const byKind = new Map<Kind, string[]>();
    for (const [source, facts] of endpoints.entries()) {
      const kind = kindShown(port, source);
      if (kindMatches(kind, viewState) && endpointMatches(facts, viewState.from)) append(byKind, kind, facts.id);
    }
    return [...byKind].sort(([a], [b]) => a.code - b.code);
  }, [port, endpoints, viewState.from, viewState.hidden, viewState.plain, viewState.policy]);
  return (
    <div class="port">
      <code>{portWords(port, port.name)}</code>
      <ul class="rows">
        {groups.map(([kind, ids]) => (
          <li key={ids[0]}>
            <button
              type="button"
              class={`row ${stateNames[kind.code]}`}
              onClick={() =>
                set({
                  selected: { kind: "edge", from: ids[0] ?? "", to: endpoint.id, proto: port.proto, port: port.port },
                })
              }
            >
              <span class="glyph" aria-hidden="true">
                {glyphs[kind.code]}
              </span>
              <span class="edge">
                <span class="hidden">{stateNames[kind.code]}: </span>
                <bdi>{someOf(ids, 8)}</bdi>
              </span>
              <span class="why faint">
                {[...kind.why, kind.mesh, kind.l7 ? "then Cilium's proxy" : ""].filter(Boolean).join(" · ")}
              </span>
            </button>
          </li>
        ))}
        {groups.length === 0 && <li class="faint none">no endpoint matches</li>}
      </ul>
    </div>
  );
}
