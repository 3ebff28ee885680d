/**
 * Curves as SVG. `draw(figure, chart)` puts one into `figure` and returns { x, at }: `x(value)` is a value's place in CSS
 * pixels from the left, `at(px)` the value at a place. How the parts look is the page's: classes of the names given here.
 *
 * chart = {
 *   says,                            // in words, for those who don't see it
 *   domain: [low, high],             // of x
 *   range,                           // of y, or left out: as the series need
 *   series: [{ kind, x, y, error, dotted, name }],  // numbers; error draws a band; a null y interrupts the line
 *   stages: [{ x, name }], ticks: [x], dots: [{ x, y, kind, says }], here: x,
 * }
 */

import { marks, short } from "/static/scale.js";
import { path, shape } from "/static/shapes.js";

const SPACE = { left: 51, right: 8, top: 16, bottom: 18 }; // px: numbers on the left, words above, numbers beneath

export function draw(figure, chart) {
  const { width, height } = figure.getBoundingClientRect();
  const inner = { width: Math.max(width - SPACE.left - SPACE.right, 10), height: Math.max(height - SPACE.top - SPACE.bottom, 10) };
  const [low, high] = chart.domain;
  const [bottom, top] = chart.range ?? spread(chart.series);
  const scale = inner.width / (high - low || 1);
  const x = (value) => SPACE.left + (value - low) * scale;
  const y = (value) => SPACE.top + inner.height * (1 - (value - bottom) / (top - bottom || 1));

  const svg = shape("svg", { class: "curves", role: "img", "aria-label": chart.says, viewBox: `0 0 ${width} ${height}` });
  for (const value of marks(bottom, top, Math.max(2, inner.height / 40))) {
    svg.append(line("rule", SPACE.left, y(value), SPACE.left + inner.width, y(value)));
    svg.append(text(short(value), SPACE.left - 7, y(value) + 4, "end"));
  }
  for (const value of marks(low, high, Math.max(2, inner.width / 90))) {
    svg.append(text(short(value), x(value), height - 3, "middle"));
  }
  for (const stage of chart.stages ?? []) {
    svg.append(line("stage-mark", x(stage.x), SPACE.top, x(stage.x), SPACE.top + inner.height));
    svg.append(text(stage.name, x(stage.x) + 3, SPACE.top - 5, "start"));
  }
  const foot = SPACE.top + inner.height;
  const ticks = (chart.ticks ?? []).map((value) => `M${near(x(value))} ${foot}v4`).join("");
  svg.append(shape("path", { class: "tick", d: ticks }));
  for (const one of chart.series) {
    for (const part of parts(one)) {
      if (one.error) svg.append(shape("path", { class: `band ${one.kind}`, d: band(thinned(part, x), x, y) }));
      const drawn = shape("path", { class: `line ${one.kind}${one.dotted ? " dotted" : ""}`, d: joined(thinned(part, x), x, y) });
      drawn.append(shape("title", {}, one.name));
      svg.append(drawn);
      if (one.error) for (const point of part) svg.append(shape("circle", { class: `dot ${one.kind}`, cx: near(x(point.x)), cy: near(y(point.y)), r: 2.4 }));
    }
  }
  for (const dot of chart.dots ?? []) {
    const mark = shape("circle", { class: `dot ${dot.kind}`, cx: near(x(dot.x)), cy: near(y(dot.y)), r: 5.5 });
    mark.append(shape("title", {}, dot.says));
    svg.append(mark);
  }
  const here = line("here", 0, SPACE.top - 2, 0, foot + 4);
  svg.append(here);
  figure.replaceChildren(svg);
  const move = (value) => here.setAttribute("transform", `translate(${near(x(value))} 0)`);
  move(chart.here);
  return { x, at: (px) => low + (px - SPACE.left) / scale, move };
}

/** Lowest and highest of what is drawn, a little apart; 0 is always there. */
function spread(series) {
  let low = 0;
  let high = 0;
  for (const one of series) {
    one.y.forEach((value, place) => {
      if (!Number.isFinite(value)) return;
      const error = one.error?.[place] ?? 0;
      low = Math.min(low, value - error);
      high = Math.max(high, value + error);
    });
  }
  return [low, high + (high - low) * 0.05 || 1];
}

/** The uninterrupted pieces of a series, as points. */
function parts(series) {
  const found = [[]];
  series.x.forEach((x, place) => {
    const y = series.y[place];
    if (Number.isFinite(y)) found.at(-1).push({ x, y, error: series.error?.[place] ?? 0 });
    else found.push([]);
  });
  return found.filter((part) => part.length);
}

/** Of thousands of points in one pixel the lowest and the highest are enough: nothing that stands out is lost. */
function thinned(part, x) {
  if (part.length < 2 * (x(part.at(-1).x) - x(part[0].x))) return part;
  const columns = new Map();
  for (const point of part) {
    const column = Math.floor(x(point.x));
    const kept = columns.get(column);
    if (!kept) columns.set(column, { low: point, high: point });
    else if (point.y < kept.low.y) kept.low = point;
    else if (point.y > kept.high.y) kept.high = point;
  }
  return [...columns.values()].flatMap(({ low, high }) => (low === high ? [low] : low.x < high.x ? [low, high] : [high, low]));
}

const near = (px) => Math.round(px * 100) / 100;
const joined = (points, x, y, closed) => path(points.map((point) => [x(point.x), y(point.y)]), closed);

function band(points, x, y) {
  const upper = points.map((point) => ({ x: point.x, y: point.y + point.error }));
  const lower = points.map((point) => ({ x: point.x, y: point.y - point.error })).reverse();
  return joined([...upper, ...lower], x, y, "Z");
}

const line = (kind, x1, y1, x2, y2) => shape("line", { class: kind, x1: near(x1), y1: near(y1), x2: near(x2), y2: near(y2) });
const text = (words, x, y, anchor) => shape("text", { x: near(x), y: near(y), "text-anchor": anchor }, words);
