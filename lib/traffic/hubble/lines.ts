import type { Problem } from "../../common/problem";
import type { AgentEvent, Collector } from "./collector";
import { type FlowJson, flowOf, quickFlow } from "./flow";
import { LineForms } from "./line-forms";
import { isCamel, lossSources, nameOf, nodeStates, withOwnNames } from "./spelling";

/** How many unreadable lines of a file are reported individually. Further ones are only counted. */
const maxProblems = 3;

/** Reads Hubble's lines as its command, its exporter, a container's log or Loki store them. */
export class HubbleLines {
  /** How many lines could not be read. */
  unreadable = 0;
  /** How many lines were Hubble's events. */
  events = 0;

  private readonly forms = new LineForms();

  constructor(
    private readonly collector: Collector,
    private readonly file: string,
    private readonly report: (problem: Problem) => void,
  ) {}

  /** Reads the line between two offsets. */
  lineAt(bytes: Buffer, start: number, end: number, number: number, isLast: boolean): void {
    const known = this.forms.flowAt(bytes, start, end);
    if (known !== undefined) {
      this.collector.add(known);
      this.events++;
      return;
    }
    const text = bytes.toString("latin1", start, end);
    const quick = quickFlow(text, this.collector.knownEnds);
    if (quick === undefined) {
      this.line(text, number, isLast);
      return;
    }
    this.forms.remember(bytes, start, end, quick, this.collector.knownEnds);
    this.collector.add(quick);
    this.events++;
  }

  /**
   * Reads a line in latin1, in which each byte is a character.
   *
   * @returns whether it is an event of Hubble
   */
  line(text: string, number: number, isLast = false): boolean {
    const line = text.startsWith("{") ? text : text.slice(Math.max(0, text.indexOf("{")));
    const quick = quickFlow(line, this.collector.knownEnds);
    if (quick !== undefined) {
      this.collector.add(quick);
      this.events++;
      return true;
    }
    if (line.trim() === "") return true;
    return this.parsed(line, number, isLast);
  }

  private parsed(line: string, number: number, isLast: boolean): boolean {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(line, "latin1").toString("utf8"));
      if (isCamel(line)) value = withOwnNames(value);
    } catch {
      // The file may still be growing.
      if (isLast) this.collector.passOver({ reason: "cut line", detail: `${this.file} (line ${number})` });
      else this.reportUnreadable(number, "is not JSON");
      return false;
    }
    if (typeof value === "object" && value !== null && this.readsAsEvent(value, number)) {
      this.events++;
      return true;
    }
    this.reportUnreadable(number, "is not an event of Hubble");
    return false;
  }

  /** Reads an event. False if a member does not have Hubble's type. */
  private readsAsEvent(value: object, number: number): boolean {
    try {
      return this.event(value, number);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return false;
      throw error;
    }
  }

  /** Reads a decoded event. Returns whether it is Hubble's. */
  event(event: HubbleEvent, number: number): boolean {
    if (typeof event.flow === "object" && event.flow !== null) {
      const flow = flowOf(event.flow);
      if (flow === undefined) this.collector.passOver({ reason: "no ports" });
      else this.collector.add(flow);
      return true;
    }
    if (event.agent_event !== undefined) {
      this.collector.agentEvent(event.agent_event, event.time ?? "");
      return true;
    }
    if (event.lost_events !== undefined) {
      const { num_events_lost: lost = 0, first, last } = event.lost_events;
      const source = nameOf(lossSources, event.lost_events.source);
      const times = { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
      const { node_name: node = "", time = "" } = event;
      this.collector.addLoss({ source, events: Number(lost), ...times }, `${node} ${time}`);
      return true;
    }
    if (event.node_status !== undefined) {
      const { state_change: change, node_names: nodes = [] } = event.node_status;
      const state = nameOf(nodeStates, change);
      if (/UNAVAILABLE|ERROR|GONE/.test(state))
        this.collector.passOver({ reason: "silent node", detail: nodes.join(", ") });
      return true;
    }
    // The envelopes of `logcli -o jsonl` and of Docker.
    const inner = event.line ?? event.log;
    if (typeof inner === "string") return this.line(Buffer.from(inner, "utf8").toString("latin1"), number);
    // Old versions of `hubble observe -o json` print the flow without an envelope.
    if (event.verdict !== undefined && event.IP !== undefined) return this.event({ flow: event }, number);
    return event.debug_event !== undefined;
  }

  private reportUnreadable(line: number, message: string): void {
    this.unreadable++;
    if (this.unreadable <= maxProblems) this.report({ code: "not-traffic", file: this.file, line, message });
    else this.collector.passOver({ reason: "unreadable", detail: this.file });
  }
}

/** A line of Hubble's JSON (`observer.GetFlowsResponse`), or of one of the tools that store it. */
export interface HubbleEvent extends FlowJson {
  flow?: FlowJson | null;
  agent_event?: AgentEvent;
  lost_events?: { source?: string | number; num_events_lost?: string | number; first?: string; last?: string };
  node_status?: { state_change?: string | number; node_names?: string[] };
  node_name?: string;
  debug_event?: unknown;
  line?: unknown;
  log?: unknown;
}
