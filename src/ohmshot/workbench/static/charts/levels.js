// Which cells belong to which level, how far each level has spread, and both as charts.

import { svg } from "../dom.js";
import { count } from "../words.js";
import { area, Chart, dots, ticks } from "./plot.js";

/** With continuous targets cells are put together by target, in as many groups. */
const GROUPS = 6;
const FEWEST = 3; // cells of a level worth a curve

/**
 * Conductances of the cells in use by level, each sorted.
 * @param {import("../map.js").Layout} layout
 * @param {import("../map.js").Cells} cells
 * @returns {{target: number, values: number[]}[]}
 */
export function byLevel(layout, cells) {
  const { levels, layer } = layout;
  /** @type {Map<number, number[]>} */
  const found = new Map();
  cells.target.forEach((target, cell) => {
    if (!layer[cell]) return;
    const key = levels ? nearest(levels, target) : grouped(layout.window, target);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(cells.conductance[cell]);
  });
  return [...found].filter(([, values]) => values.length >= FEWEST).sort(([a], [b]) => a - b)
    .map(([target, values]) => ({ target, values: values.sort((a, b) => a - b) }));
}

const nearest = (levels, target) =>
  levels.reduce((best, each) => (Math.abs(each - target) < Math.abs(best - target) ? each : best));

function grouped([low, high], target) {
  if (target <= low) return low;
  const wide = (high - low) / GROUPS;
  return low + (Math.min(GROUPS - 1, Math.floor((target - low) / wide)) + 0.5) * wide;
}

/** Root mean square of conductance minus target over the cells in use, in uS. */
export function offTarget(layout, cells) {
  let sum = 0;
  let number = 0;
  cells.conductance.forEach((value, cell) => {
    if (!layout.layer[cell]) return;
    sum += (value - cells.target[cell]) ** 2;
    number += 1;
  });
  return Math.sqrt(sum / Math.max(1, number));
}

/** Curves of all levels, now and, as an outline, before. */
export class LevelsChart extends Chart {
  constructor(element, height = 190) {
    super(element, { height, title: "Distribution of conductance for each level" });
  }

  update(layout, now, before = null) {
    const groups = byLevel(layout, now);
    const words = groups.map(({ target, values }) => `${count(values.length)} cells of level ${target.toFixed(0)}`).join(", ");
    this.show((width, height) => drawCurves(width, height, layout, groups, before && byLevel(layout, before)), words);
  }
}

function drawCurves(width, height, layout, now, before) {
  const highest = layout.window[1] * 1.12;
  const { body, x, y } = area(
    { width, height },
    { domain: [0, highest], ticks: ticks(0, highest), label: "conductance (µS)" },
    { domain: [0, 1.1], ticks: [], label: "share of a level" },
  );
  const bins = Math.max(40, Math.min(140, Math.round(width / 4)));
  const curve = ({ values }) => outline(values, highest, bins).map(([at, share]) => `${x(at).toFixed(1)},${y(share).toFixed(1)}`).join(" ");
  for (const each of now) body.append(svg("polygon", { class: "level", points: curve(each) }));
  for (const each of before ?? []) body.append(svg("polygon", { class: "level-before", points: curve(each) }));
  for (const { target } of now) body.append(svg("path", { class: "aim", d: `M${x(target)} ${y(0)}v5` }));
  return [body];
}

/** Corners of a smoothed histogram whose highest bin is 1. */
function outline(values, highest, bins) {
  const found = new Float64Array(bins);
  const wide = highest / bins;
  for (const value of values) found[Math.max(0, Math.min(bins - 1, Math.floor(value / wide)))] += 1;
  const smooth = found.map((_, i) => (found[i - 1] ?? 0) / 4 + found[i] / 2 + (found[i + 1] ?? 0) / 4);
  const most = smooth.reduce((high, each) => Math.max(high, each), 0);
  const corners = [...smooth].map((each, i) => [(i + 0.5) * wide, each / most]);
  return [[0, 0], ...corners, [highest, 0]];
}

const QUANTILES = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

/** Levels as a probability plot: a normal distribution is a straight line, and its slope the spread. */
export class ProbabilityChart extends Chart {
  constructor(element, height = 280) {
    super(element, { height, title: "Probability plot of the levels" });
  }

  /** @param {{layout: any, cells: any}[]} chips one or two */
  update(chips) {
    this.show((width, height) => drawProbability(width, height, chips), `Cumulative share against conductance, ${chips.length} chips.`);
  }
}

function drawProbability(width, height, chips) {
  const highest = Math.max(...chips.map((each) => each.layout.window[1])) * 1.12;
  const { body, x, y } = area(
    { width, height },
    { domain: [0, highest], ticks: ticks(0, highest), label: "conductance (µS)" },
    {
      domain: [-3.4, 3.4],
      ticks: QUANTILES.map((share) => ({ at: normalQuantile(share), text: `${Number((100 * share).toPrecision(3))} %` })),
      label: "cells below",
    },
  );
  chips.forEach(({ layout, cells }, i) => {
    for (const { target, values } of byLevel(layout, cells)) {
      const points = values.map((value, rank) => [x(value), y(normalQuantile((rank + 0.5) / values.length))]);
      body.append(dots(points, { class: i ? "second-dots" : "first-dots" }));
      if (!i) body.append(svg("line", { class: "aim", x1: x(target), x2: x(target), y1: y(-3.4), y2: y(3.4) }));
    }
  });
  return [body];
}

/**
 * Quantile of the standard normal distribution: Acklam's rational approximation, of a relative error below 1.2e-9
 * (P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function", 2003).
 * @param {number} share above 0 and below 1
 */
export function normalQuantile(share) {
  const A = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const C = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const along = (factors, at) => factors.reduce((sum, each) => sum * at + each, 0);
  const edge = 0.02425;
  if (share < edge) {
    const tail = Math.sqrt(-2 * Math.log(share));
    return along(C, tail) / along(D, tail);
  }
  if (share > 1 - edge) return -normalQuantile(1 - share);
  const middle = share - 0.5;
  const square = middle * middle;
  return (along(A, square) * middle) / along(B, square);
}
