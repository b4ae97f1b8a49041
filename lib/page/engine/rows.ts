import { append } from "../../common/maps";
import type { Box, Graph, GraphNode } from "./drawing";

interface Unit {
  boxes: readonly Box[];
  /** The namespace whose frame surrounds them. */
  group?: string;
  width: number;
  height: number;
}

const GAP = 14;
/** The padding around the boxes of a frame, and the room for its name. */
const PADDING = 14;
const NAME = 24;

/** Places boxes without arrows in rows below the others; boxes of an unfolded namespace side by side in its frame. */
export function rowsBelow(
  alone: readonly Box[],
  unfolded: ReadonlySet<string>,
  room: number,
  top: number,
): Pick<Graph, "nodes" | "frames" | "width" | "height"> {
  const nodes: GraphNode[] = [];
  const frames: Graph["frames"][number][] = [];
  let [x, y, right, tallest] = [20, top + (alone.length > 0 ? 24 : 0), 0, 0];
  for (const unit of unitsOf(alone, unfolded, room)) {
    if (x > 20 && x + unit.width > room) {
      x = 20;
      y += tallest + GAP;
      tallest = 0;
    }
    if (unit.group === undefined) nodes.push(...placed(unit.boxes, x, y, unit.width));
    else {
      frames.push({
        ...{ group: unit.group, x: x + unit.width / 2, y: y + unit.height / 2 },
        ...{ width: unit.width, height: unit.height },
      });
      nodes.push(...placed(unit.boxes, x + PADDING, y + NAME, unit.width - 2 * PADDING));
    }
    x += unit.width + GAP;
    right = Math.max(right, x);
    tallest = Math.max(tallest, unit.height);
  }
  return { nodes, frames, width: right + 20, height: alone.length > 0 ? y + tallest + 20 : top };
}

/** Frames first, larger ones before smaller ones; then single boxes. */
function unitsOf(alone: readonly Box[], unfolded: ReadonlySet<string>, room: number): Unit[] {
  const groups = new Map<string, Box[]>();
  const single: Unit[] = [];
  for (const box of alone) {
    if (box.kind === "pod" && unfolded.has(box.group)) append(groups, box.group, box);
    else single.push({ boxes: [box], width: box.width, height: box.height });
  }
  const framed = [...groups].map(([group, boxes]): Unit => {
    const inner = placed(boxes, 0, 0, Math.max(room / 2, ...boxes.map(({ width }) => width)));
    const width = Math.max(...inner.map((node) => node.x + node.width / 2), group.length * 7.5 + 16);
    const height = Math.max(...inner.map((node) => node.y + node.height / 2));
    return { group, boxes, width: width + 2 * PADDING, height: height + NAME + PADDING };
  });
  return [...framed.sort((a, b) => b.boxes.length - a.boxes.length), ...single];
}

/** Places boxes side by side, in as many rows as necessary. */
function placed(boxes: readonly Box[], left: number, top: number, room: number): GraphNode[] {
  let [x, y] = [left, top];
  return boxes.map((box): GraphNode => {
    // The tolerance makes boxes fit again into the room that was computed for them.
    if (x > left && x + box.width > left + room + 0.5) {
      x = left;
      y += box.height + GAP;
    }
    const node = { ...box, x: x + box.width / 2, y: y + box.height / 2 };
    x += box.width + GAP;
    return node;
  });
}
