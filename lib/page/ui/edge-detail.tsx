import { formatPlace } from "../../common/problem";
import type { Change } from "../../reachability/diff";
import type { EndExplanation, Explanation, JudgedRule } from "../../reachability/explain/explanation";
import type { AuthorizationExplanation } from "../../reachability/explain/linkerd";
import { noChangeWords } from "../../reachability/explain/no-change";
import { nearestWords, policyWords } from "../../reachability/explain/sentence";
import type { PolicyPlace } from "../../reachability/explain/sources";
import { portWords, someOf } from "../../reachability/words";
import type { Flow } from "../../scenario/scenario";
import type { ChangeAnswer } from "../engine/engine";
import type { TargetAnswer } from "../engine/side";
import { glyphs, kindShown, stateNames, useAsked, useModel } from "./model";
import { Patch } from "./patch";

/** Why an edge is allowed or denied, and what would change it. */
export function EdgeDetail({ from, to, proto, port }: { from: string; to: string; proto?: string; port?: number }) {
  const { engine, endpoints, viewState, set } = useModel();
  const place = endpoints.findIndex(({ id }) => id === to);
  const source = endpoints.findIndex(({ id }) => id === from);
  const { value: target } = useAsked<TargetAnswer | undefined>(
    () => (place < 0 ? undefined : engine.target(viewState.side, place)),
    [engine, viewState.side, place],
  );
  const ports = target?.ports ?? [];
  const asked =
    proto !== undefined && port !== undefined
      ? { proto, port }
      : ports[0] && { proto: ports[0].proto, port: ports[0].port };
  return (
    <div class="edge-detail">
      {ports.length > 0 && (
        <div class="ports" role="group" aria-label="Ports">
          {ports.map((one) => {
            const { code } = kindShown(one, source);
            const isOn = one.port === asked?.port && one.proto === asked.proto;
            return (
              <button
                key={`${one.proto}${one.port}`}
                type="button"
                aria-pressed={isOn}
                class={`chip ${stateNames[code]}`}
                onClick={() => set({ selected: { kind: "edge", from, to, proto: one.proto, port: one.port } })}
              >
                {glyphs[code]} {portWords(one, one.name)}
              </button>
            );
          })}
        </div>
      )}
      {asked === undefined ? (
        <p class="faint">{target === undefined && place >= 0 ? "…" : "It has no known port on this side."}</p>
      ) : place < 0 || source < 0 ? (
        <p class="empty">One of the two does not exist on this side.</p>
      ) : (
        <Why from={from} to={to} {...asked} />
      )}
    </div>
  );
}

function Why({ from, to, proto, port }: { from: string; to: string; proto: string; port: number }) {
  const { engine, viewState } = useModel();
  const { value, error } = useAsked<Explanation>(
    () => engine.explain(viewState.side, { from, to, proto, port }),
    [engine, viewState.side, from, to, proto, port],
  );
  if (error !== undefined) return <p class="empty">{error}</p>;
  if (value === undefined)
    return (
      <p class="faint" role="status">
        Asking…
      </p>
    );
  const explanation = value;
  return (
    <>
      <p class={`sentence ${explanation.state}`} role="status">
        <span class="glyph" aria-hidden="true">
          {glyphs[stateNames.indexOf(explanation.state)]}
        </span>{" "}
        {explanation.sentence}
      </p>
      <ol class="way">
        <li>
          <h3>Asked</h3>
          <p>{portWords(explanation.flow)}</p>
        </li>
        {explanation.wire !== undefined && (
          <li>
            <h3>On the wire</h3>
            <p>
              {explanation.flow.proto} {explanation.wire.port}, {explanation.wire.mtls ? "mTLS" : "plain text"}:{" "}
              {explanation.wire.why}.
              {explanation.wire.opensAllPorts === true && " A client that may connect to it may connect to every port."}
            </p>
          </li>
        )}
        <End end={explanation.egress} />
        <End end={explanation.ingress} />
        {explanation.linkerd !== undefined && <LinkerdStep step={explanation.linkerd} />}
      </ol>
      {explanation.state !== "unknown" && (
        <Proposal verb={explanation.state === "denied" ? "open" : "close"} flow={explanation.flow} />
      )}
    </>
  );
}

/** The decision of the server's Linkerd proxy. */
function LinkerdStep({
  step: { verdict: decided, sentence, objects, nearest, routes = [] },
}: {
  step: AuthorizationExplanation;
}) {
  return (
    <li class={decided}>
      <h3>Linkerd</h3>
      <p>{sentence}</p>
      <ul class="rules">
        {objects.map(({ kind, namespace, name, place }) => (
          <li key={`${kind} ${namespace}/${name}`}>
            {kind} <bdi>{`${namespace}/${name}`}</bdi> <Where policy={{ place }} />
          </li>
        ))}
        {nearest !== undefined && (
          <li class="nearest">
            <b>≈ nearest</b> {nearest.kind} <bdi>{`${nearest.namespace}/${nearest.name}`}</bdi> would, but{" "}
            {nearest.words} <Where policy={{ place: nearest.place }} />
          </li>
        )}
        {routes.map(({ requests, verdict, status }) => (
          <li key={requests}>
            <span class="glyph" aria-hidden="true">
              {glyphs[stateNames.indexOf(verdict)]}
            </span>{" "}
            {requests}: {verdict} {status}
          </li>
        ))}
      </ul>
    </li>
  );
}

/** The change that would open or close the edge, loaded separately because it takes longer than the explanation. */
function Proposal({ verb, flow }: { verb: "open" | "close"; flow: Flow }) {
  const { engine, viewState } = useModel();
  const { value, error } = useAsked<ChangeAnswer>(
    () => engine.propose(viewState.side, flow),
    [engine, viewState.side, JSON.stringify(flow)],
  );
  return (
    <section class="proposal">
      <h3>To {verb} it</h3>
      {error !== undefined && <p class="empty">{error}</p>}
      {value === undefined && error === undefined && (
        <p class="faint" role="status">
          Looking for the smallest change…
        </p>
      )}
      {value !== undefined && value.change === undefined && <p>{noChangeWords(`${verb}s`, value.noChange)}</p>}
      {value?.change !== undefined && (
        <>
          <ul>
            {value.change.edits.map(({ words }) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
          <Also verb="opens" changes={value.change.opens} />
          <Also verb="closes" changes={value.change.closes} />
          {value.change.opens.length + value.change.closes.length === 0 && (
            <p class="checked">✓ Checked: of all edges here, it {verb}s only this.</p>
          )}
          <Patch text={value.change.patch} />
        </>
      )}
    </section>
  );
}

function Also({ verb, changes }: { verb: string; changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  const words = changes.map(({ from, to, ...port }) => `${someOf(from, 4)} → ${to} ${portWords(port)}`);
  return (
    <p class="also">
      ⚠ It also {verb} {someOf(words, 8)}.
    </p>
  );
}

const SAYS = { allow: "✓ allows", deny: "✗ denies", pass: "→ passes" } as const;

function End({ end }: { end: EndExplanation }) {
  const { direction, sentence, policies, matching, missing, verdict } = end;
  const [nearest] = missing;
  const isMissed = verdict === "denied" && !matching.some(({ effect }) => effect === "deny") && nearest !== undefined;
  return (
    <li class={verdict === "no policy here" ? "nobody" : verdict}>
      <h3>{direction === "egress" ? "Egress" : "Ingress"}</h3>
      <p>{sentence}</p>
      <ul class="rules">
        {policies.slice(0, 8).map(({ policy, defaultDeny }) => (
          <li key={policy.index}>
            <PolicyLink policy={policy} />{" "}
            <span class="faint">{defaultDeny ? `closes ${direction}` : "adds rules, closes nothing"}</span>
          </li>
        ))}
        {policies.length > 8 && <li class="faint">and {policies.length - 8} more select it</li>}
        {matching.map((rule) => (
          <li key={rule.words}>
            <b>{rule.unknown !== undefined ? `? may ${rule.effect}` : SAYS[rule.effect]}</b> {rule.words}
            {rule.l7 === true && ", through Cilium's proxy"} <Where policy={rule.policy} />
          </li>
        ))}
        {isMissed && <Nearest rule={nearest} />}
      </ul>
    </li>
  );
}

function Nearest({ rule }: { rule: JudgedRule }) {
  return (
    <li class="nearest">
      <b>≈ nearest</b> {nearestWords(rule)} <Where policy={rule.policy} />
      {rule.misses.length > 1 && (
        <ul>
          {rule.misses.map(({ words }, place) => (
            <li key={place}>{words}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function PolicyLink({ policy }: { policy: PolicyPlace }) {
  const { set } = useModel();
  return (
    <>
      <button type="button" class="link" onClick={() => set({ selected: { kind: "policy", place: policy.index } })}>
        <bdi>{policyWords(policy)}</bdi>
      </button>{" "}
      <Where policy={policy} />
    </>
  );
}

function Where({ policy: { place } }: { policy: { place?: PolicyPlace["place"] | undefined } }) {
  if (place === undefined) return null;
  return (
    <code class="where">
      <bdi>{formatPlace(place)}</bdi>
    </code>
  );
}
