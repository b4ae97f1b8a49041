import { useEffect, useRef, useState } from "preact/hooks";
import { formatPlace } from "../../common/problem";
import { countEdges } from "../../reachability/diff";
import { someOf } from "../../reachability/words";
import type { EditAnswer, PolicyAnswer } from "../engine/engine";
import { ChangeRows } from "./changes";
import { type Editor, editorIn } from "./editor";
import { useAsked, useModel } from "./model";
import { Patch } from "./patch";

/** The pods that a policy selects, the edges that it alone decides, and an editor that shows the effects of changes. */
export function PolicyDetail({ place }: { place: number }) {
  const { engine, policies, viewState } = useModel();
  const policy = policies[place];
  const { value, error } = useAsked<PolicyAnswer>(
    () => engine.policy(viewState.side, place),
    [engine, viewState.side, place],
  );
  if (policy === undefined) return <p class="empty">There is no such policy on this side.</p>;
  const { source, file, line } = policy;
  return (
    <div class="policy">
      <h3>
        <bdi>{source.metadata.name}</bdi>
      </h3>
      <p class="faint">
        {source.kind}{" "}
        {source.metadata.namespace !== undefined && (
          <>
            in <bdi>{source.metadata.namespace}</bdi>
          </>
        )}{" "}
        {file !== undefined && (
          <code>
            <bdi>{formatPlace({ file, line })}</bdi>
          </code>
        )}
      </p>
      {error !== undefined && <p class="empty">{error}</p>}
      {value === undefined && error === undefined && (
        <p class="faint" role="status">
          Asking…
        </p>
      )}
      {value !== undefined && (
        <>
          <p>Selects {value.selects.length === 0 ? "no pod" : <bdi>{someOf(value.selects, 12)}</bdi>}.</p>
          <p>
            Without it, <b>{countEdges(value.closesAlone).toLocaleString("en-US")}</b> edges open and{" "}
            <b>{countEdges(value.opensAlone).toLocaleString("en-US")}</b> close.
          </p>
          <details>
            <summary>Edges that it alone decides</summary>
            <ChangeRows
              total={value.closesAlone.length + value.opensAlone.length}
              rows={[
                ...value.closesAlone
                  .slice(0, 40)
                  .map((change) => ({ kind: "opened" as const, change, why: "without it" })),
                ...value.opensAlone
                  .slice(0, 40)
                  .map((change) => ({ kind: "closed" as const, change, why: "without it" })),
              ]}
            />
          </details>
          <Edit place={place} yaml={value.yaml} />
        </>
      )}
    </div>
  );
}

/** The policy in an editor, with the changes that the edit makes, updated while typing. */
function Edit({ place, yaml }: { place: number; yaml: string }) {
  const { engine, viewState } = useModel();
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const [answer, setAnswer] = useState<EditAnswer>();
  useEffect(() => {
    if (box.current === null) return undefined;
    let last = 0;
    const made = editorIn(box.current, yaml, (text) => {
      const own = ++last;
      void engine.edit(viewState.side, place, text).then((next) => own === last && setAnswer(next));
    });
    editor.current = made;
    return () => made.destroy();
  }, [engine, viewState.side, place, yaml]);
  return (
    <section class="edit">
      <h3>Try an edit</h3>
      <div ref={box} class="editor" />
      <div role="status">
        {answer?.error !== undefined && <p class="also">⚠ {answer.error}</p>}
        {answer !== undefined && answer.error === undefined && (
          <p class="faint">
            {answer.rows.length === 0 ? "Nothing opens and nothing closes." : ""} Decided in{" "}
            {Math.max(1, Math.round(answer.ms))} ms.
          </p>
        )}
      </div>
      {answer !== undefined && answer.rows.length > 0 && (
        <ChangeRows rows={answer.rows.slice(0, 60)} total={answer.rows.length} />
      )}
      {answer !== undefined && <Patch text={answer.patch} />}
    </section>
  );
}
