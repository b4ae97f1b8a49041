import { portWords } from "../../reachability/words";
import { flowPort } from "../../scenario/flows";
import { useModel } from "./model";

/** An endpoint, with links to its views. */
export function EndpointDetail({ id }: { id: string }) {
  const { endpoints, viewState, set } = useModel();
  const endpoint = endpoints.find((one) => one.id === id);
  if (endpoint === undefined) return <p class="empty">There is no {id} on this side.</p>;
  const labels = Object.entries(endpoint.labels ?? {});
  return (
    <div class="endpoint">
      <h3>
        <bdi>{id}</bdi>
      </h3>
      <p>
        {endpoint.mesh?.injected === true
          ? "In the mesh."
          : endpoint.namespace === undefined
            ? "Outside the cluster's pods."
            : "Not in the mesh."}
        {endpoint.serviceAccount !== undefined && (
          <>
            {" "}
            Service account <code>{endpoint.serviceAccount}</code>.
          </>
        )}
      </p>
      <p class="buttons">
        <button type="button" onClick={() => set({ view: "list", to: id, from: "" })}>
          Who reaches it
        </button>
        <button type="button" onClick={() => set({ view: "list", from: id, to: "", hidden: ["denied"] })}>
          Whom it reaches
        </button>
        <button
          type="button"
          onClick={() => set({ view: "graph", focus: viewState.focus === id ? (undefined as never) : id })}
        >
          Only its arrows
        </button>
      </p>
      {labels.length > 0 && (
        <dl class="labels">
          {labels.map(([key, value]) => (
            <div key={key}>
              <dt>
                <bdi>{key}</bdi>
              </dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p class="faint">
        {(endpoint.ports ?? []).length === 0
          ? "It has no known port, so no flow to it is shown."
          : `Ports: ${(endpoint.ports ?? []).map((port) => portWords(flowPort(port), port.name)).join(", ")}`}
      </p>
    </div>
  );
}
