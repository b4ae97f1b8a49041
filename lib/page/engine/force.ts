import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum,
} from "d3-force";

interface Body extends SimulationNodeDatum {
  id: string;
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

/** Positions for boxes that are connected too densely for layers, with connected boxes near each other. Deterministic. */
export function forced(
  boxes: readonly { id: string; width: number; height: number }[],
  links: readonly { from: string; to: string }[],
): ReadonlyMap<string, Point> {
  const bodies = boxes.map(({ id, width, height }): Body => ({ id, width, height }));
  const simulation = forceSimulation(bodies)
    .force(
      "link",
      forceLink<Body, { source: string; target: string }>(links.map(({ from, to }) => ({ source: from, target: to })))
        .id(({ id }) => id)
        .distance(150)
        .strength(links.length > bodies.length * 3 ? 0.04 : 0.2),
    )
    .force("charge", forceManyBody().strength(-500))
    .force(
      "collide",
      forceCollide<Body>(({ width, height }) => Math.hypot(width, height) / 2 + 12),
    )
    .force("x", forceX(0).strength(0.03))
    .force("y", forceY(0).strength(0.07))
    .stop();
  for (let tick = 0; tick < 220; tick++) simulation.tick();
  const [left, top] = [
    Math.min(...bodies.map(({ x = 0, width }) => x - width / 2)),
    Math.min(...bodies.map(({ y = 0, height }) => y - height / 2)),
  ];
  return new Map(bodies.map(({ id, x = 0, y = 0 }) => [id, { x: x - left + 20, y: y - top + 20 }]));
}

/** The point at which a line from one box to another leaves the box. */
export function edgeOf({ x, y, width, height }: Point & { width: number; height: number }, to: Point): Point {
  const [dx, dy] = [to.x - x, to.y - y];
  if (dx === 0 && dy === 0) return { x, y };
  const scale = Math.min(width / 2 / Math.max(Math.abs(dx), 0.01), height / 2 / Math.max(Math.abs(dy), 0.01));
  return { x: x + dx * Math.min(scale, 1), y: y + dy * Math.min(scale, 1) };
}
