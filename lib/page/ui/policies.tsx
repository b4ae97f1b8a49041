import { useMemo, useState } from "preact/hooks";
import { formatPlace } from "../../common/problem";
import { has, useModel } from "./model";

const page = 300;

/** The table of Linkerd's objects. The explanation of each edge shows what they decide. */
function LinkerdObjects({ wanted }: { wanted: string }) {
  const { data, viewState } = useModel();
  const all = data.sides[viewState.side]?.objects ?? [];
  const found = all.filter(({ kind, namespace, name, file = "" }) =>
    has(`${kind} ${namespace}/${name} ${file}`, wanted),
  );
  if (found.length === 0) return null;
  return (
    <table>
      <caption>
        Linkerd's authorization
        {found.length > page && `: ${page} of ${found.length.toLocaleString("en-US")}, find the others by name`}
      </caption>
      <Head of="Object" />
      <tbody>
        {found.slice(0, page).map(({ kind, namespace, name, file, line }, place) => (
          <tr key={place}>
            <td>
              <bdi>{name}</bdi>
            </td>
            <td>
              <bdi>{namespace}</bdi>
            </td>
            <td>{kind}</td>
            <td class="faint">
              <bdi>{formatPlace({ file, line })}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The columns of both tables. */
function Head({ of }: { of: string }) {
  return (
    <thead>
      <tr>
        {[of, "Namespace", "Kind", "Where"].map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function Policies() {
  const { policies, set, viewState } = useModel();
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(page);
  const found = useMemo(
    () =>
      policies
        .map((policy, place) => ({ policy, place }))
        .filter(({ policy: { source, file = "" } }) =>
          has(`${source.kind} ${source.metadata.namespace ?? ""}/${source.metadata.name} ${file}`, wanted),
        ),
    [policies, wanted],
  );
  const selected = viewState.selected?.kind === "policy" ? viewState.selected.place : undefined;
  return (
    <div class="policies">
      <label class="find">
        <span>Find</span>
        <input
          type="search"
          value={wanted}
          placeholder="name, namespace, kind or file"
          onInput={({ currentTarget }) => setWanted(currentTarget.value)}
        />
      </label>
      {policies.length > 0 && (
        <table>
          <Head of="Policy" />
          <tbody>
            {found.slice(0, most).map(({ policy: { source, file, line }, place }) => (
              <tr key={place} class={selected === place ? "selected" : ""}>
                <td>
                  <button
                    type="button"
                    class="link"
                    aria-pressed={selected === place}
                    onClick={() => set({ selected: { kind: "policy", place } })}
                  >
                    <bdi>{source.metadata.name}</bdi>
                  </button>
                </td>
                <td>
                  <bdi>
                    {source.kind === "CiliumClusterwideNetworkPolicy" || source.kind === "ClusterNetworkPolicy"
                      ? "all"
                      : (source.metadata.namespace ?? "default")}
                  </bdi>
                </td>
                <td>{source.kind}</td>
                <td class="faint">
                  <bdi>{formatPlace({ file, line })}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <LinkerdObjects wanted={wanted} />
      {found.length === 0 && policies.length > 0 && <p class="empty">No policy matches.</p>}
      {found.length > most && (
        <button type="button" onClick={() => setMost(most + page)}>
          Show more of {found.length.toLocaleString("en-US")}
        </button>
      )}
    </div>
  );
}
