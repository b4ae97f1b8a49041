import type { Problem } from "../../common/problem";
import type { AgentEvent, Collector } from "./collector";
import { type FlowJson, flowOf, quickFlow } from "./flow";
import { SILENT_NODE } from "./passed-over";

/** Of one file, so many lines that cannot be read are told of one by one. */
const mostProblems = 3;

/** Reads the lines that Hubble writes, whoever stored them: its command, an exporter, a container's log, Loki. */
export class HubbleLines {
  private unreadable = 0;

  constructor(
    private readonly collector: Collector,
    private readonly file: string,
    private readonly report: (problem: Problem) => void,
  ) {}

  /**
   * One line, as bytes: each character is one.
   *
   * @returns whether it is one of Hubble's
   */
  line(text: string, number: number, isLast = false): boolean {
    const line = text.startsWith("{") ? text : text.slice(Math.max(0, text.indexOf("{")));
    const quick = quickFlow(line, this.collector.knownEnds);
    if (quick !== undefined) {
      this.collector.add(quick);
      return true;
    }
    if (line.trim() === "") return true;
    return this.parsed(line, number, isLast);
  }

  private parsed(line: string, number: number, isLast: boolean): boolean {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(line, "latin1").toString("utf8"));
    } catch {
      // Whoever writes the file may not be done.
      if (isLast) this.collector.passOver("the last line of a file, which is not whole");
      else this.complain(number, "is not JSON");
      return false;
    }
    if (typeof value === "object" && value !== null && this.event(value, number)) return true;
    this.complain(number, "is not an event of Hubble");
    return false;
  }

  /** Whether it is one that Hubble writes. */
  event(event: HubbleEvent, number: number): boolean {
    if (typeof event.flow === "object" && event.flow !== null) {
      const flow = flowOf(event.flow);
      if (flow === undefined) this.collector.passOver("flows without addresses and ports");
      else this.collector.add(flow);
      return true;
    }
    if (event.agent_event !== undefined) {
      this.collector.agentEvent(event.agent_event, event.time ?? "");
      return true;
    }
    if (event.lost_events !== undefined) {
      const { source = "", num_events_lost: lost = 0, first, last } = event.lost_events;
      const times = { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
      const { node_name: node = "", time = "" } = event;
      this.collector.addLoss({ source, events: Number(lost), ...times }, `${node} ${time}`);
      return true;
    }
    if (event.node_status !== undefined) {
      const { state_change: state = "", node_names: nodes = [] } = event.node_status;
      if (/UNAVAILABLE|ERROR|GONE/.test(state)) this.collector.passOver(`${SILENT_NODE} (${nodes.join(", ")})`);
      return true;
    }
    // What `logcli -o jsonl` and Docker put around a line.
    const inner = event.line ?? event.log;
    if (typeof inner === "string") return this.line(Buffer.from(inner, "utf8").toString("latin1"), number);
    // `hubble observe -o json` of old has no member around the flow.
    if (event.verdict !== undefined && event.IP !== undefined) return this.event({ flow: event }, number);
    return event.debug_event !== undefined;
  }

  private complain(line: number, message: string): void {
    this.unreadable++;
    if (this.unreadable <= mostProblems) this.report({ code: "not-traffic", file: this.file, line, message });
    else this.collector.passOver(`lines of ${this.file} that cannot be read`);
  }
}

export interface HubbleEvent extends FlowJson {
  flow?: FlowJson | null;
  agent_event?: AgentEvent;
  lost_events?: { source?: string; num_events_lost?: string | number; first?: string; last?: string };
  node_status?: { state_change?: string; node_names?: string[] };
  node_name?: string;
  debug_event?: unknown;
  line?: unknown;
  log?: unknown;
}
