import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Sight {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The visible part of a drawing, moved by dragging and zoomed by the wheel. */
export function usePanZoom(svg: RefObject<SVGSVGElement | null>, width: number, height: number) {
  const whole: Sight = { x: 0, y: 0, width: Math.max(width, 300), height: Math.max(height, 200) };
  const [sight, setSight] = useState<Sight>(whole);
  const fit = () => setSight(readable(whole, svg.current));
  useEffect(fit, [width, height]);
  const zoomAt = (factor: number, at?: { x: number; y: number }) =>
    setSight((before) => {
      const next = { width: before.width / factor, height: before.height / factor };
      const [x, y] = [at?.x ?? 0.5, at?.y ?? 0.5];
      return {
        x: before.x + (before.width - next.width) * x,
        y: before.y + (before.height - next.height) * y,
        ...next,
      };
    });
  useEffect(() => {
    const element = svg.current;
    if (element === null) return undefined;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top, width: across, height: down } = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || !event.shiftKey)
        zoomAt(Math.exp(-event.deltaY / 500), { x: (event.clientX - left) / across, y: (event.clientY - top) / down });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  });
  const grab = (start: PointerEvent) => {
    const element = svg.current;
    if (element === null || (start.target as Element).closest("a") !== null) return;
    const { width: across, height: down } = element.getBoundingClientRect();
    const from = sight;
    const scale = Math.max(from.width / across, from.height / down);
    const move = ({ clientX, clientY }: PointerEvent) =>
      setSight({
        ...from,
        x: from.x - (clientX - start.clientX) * scale,
        y: from.y - (clientY - start.clientY) * scale,
      });
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
  };
  return {
    box: `${sight.x} ${sight.y} ${sight.width} ${sight.height}`,
    fit,
    zoom: (factor: number) => zoomAt(factor),
    grab,
  };
}

/** Everything, unless that would be too large or too small to read. */
function readable(whole: Sight, element: SVGSVGElement | null): Sight {
  const { width: across = 1000, height: down = 600 } = element?.getBoundingClientRect() ?? {};
  const scale = Math.min(across / whole.width, down / whole.height);
  const wanted = Math.min(Math.max(scale, 0.6), 1.3);
  const [width, height] = [across / wanted, down / wanted];
  return {
    width,
    height,
    x: whole.width > width ? 0 : (whole.width - width) / 2,
    y: wanted > scale && whole.height > height ? 0 : (whole.height - height) / 2,
  };
}
