// How far the cells of each level have spread: as curves of density, and as a probability plot.

import { svg } from "../dom.js";
import { unpacked } from "../map.js";
import { count } from "../words.js";
import { area, Chart, crosses, dots, ticks } from "./plot.js";

const FEWEST = 3; // cells of a level worth a curve

/**
 * @typedef {object} Level
 * @property {number} target in uS
 * @property {Float32Array} conductance of its cells in uS, rising
 * @property {Float32Array} probit normal quantile of the share of its cells at or below
 */

/** @returns {Level[]} as `ohmshot.workbench.distributions` gives them */
export function levelsFrom(packed) {
  return packed.map(({ target, conductance, probit }) => (
    { target, conductance: unpacked(conductance, Float32Array), probit: unpacked(probit, Float32Array) }));
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

  /** @param {number} highest end of the axis in uS @param {Level[]} now @param {Level[]} before */
  update(highest, now, before) {
    const words = now.map(({ target, conductance }) => `${count(conductance.length)} cells of level ${target.toFixed(0)}`).join(", ");
    this.show((width, height) => drawCurves(width, height, 1.12 * highest, now, before), words);
  }
}

function drawCurves(width, height, highest, now, before) {
  const { body, x, y } = area(
    { width, height },
    { domain: [0, highest], ticks: ticks(0, highest), label: "conductance (µS)" },
    { domain: [0, 1.1], ticks: [], label: "share of a level" },
  );
  const enough = ({ conductance }) => conductance.length >= FEWEST;
  const curve = ({ conductance }) => outline(conductance, highest).map(([at, share]) => `${x(at).toFixed(1)},${y(share).toFixed(1)}`).join(" ");
  for (const each of now.filter(enough)) body.append(svg("polygon", { class: "level", points: curve(each) }));
  for (const each of before.filter(enough)) body.append(svg("polygon", { class: "level-before", points: curve(each) }));
  for (const { target } of now) body.append(svg("path", { class: "aim", d: `M${x(target)} ${y(0)}v5` }));
  return [body];
}

const BINS = 260;
const KERNEL = 1.2; // uS, standard deviation of the bell that stands for one cell

/** Corners of a curve of density, a bell for each cell, whose highest point is 1. */
function outline(values, highest) {
  const wide = highest / BINS;
  const density = new Float64Array(BINS);
  const reach = Math.ceil((4 * KERNEL) / wide);
  for (const value of values) {
    const middle = Math.round(value / wide);
    for (let bin = Math.max(0, middle - reach); bin < Math.min(BINS, middle + reach); bin++) {
      density[bin] += Math.exp(-0.5 * ((bin * wide - value) / KERNEL) ** 2);
    }
  }
  const most = density.reduce((high, each) => Math.max(high, each), 0);
  const corners = [...density].map((each, bin) => [bin * wide, each / most]).filter(([, share]) => share > 1e-3);
  return [[corners[0][0], 0], ...corners, [corners.at(-1)[0], 0]];
}

/** Normal quantiles of shares that a reader knows. */
const SHARES = [[-3.09, "0.1 %"], [-2.326, "1 %"], [-1.282, "10 %"], [0, "50 %"], [1.282, "90 %"], [2.326, "99 %"], [3.09, "99.9 %"]];

/** Levels as a probability plot: a normal distribution is a straight line, and its slope the spread. */
export class ProbabilityChart extends Chart {
  constructor(element, height = 280) {
    super(element, { height, title: "Probability plot of the levels" });
  }

  /** @param {{highest: number, levels: Level[]}[]} chips one or two */
  update(chips) {
    this.show((width, height) => drawProbability(width, height, chips), `Cumulative share against conductance, ${chips.length} chips.`);
  }
}

function drawProbability(width, height, chips) {
  const highest = Math.max(...chips.map((each) => each.highest)) * 1.12;
  const { body, x, y } = area(
    { width, height },
    { domain: [0, highest], ticks: ticks(0, highest), label: "conductance (µS)" },
    {
      domain: [-3.4, 3.4],
      ticks: SHARES.map(([at, text]) => ({ at, text })),
      label: "cells below",
    },
  );
  chips.forEach(({ levels }, i) => {
    for (const { target, conductance, probit } of levels) {
      const points = Array.from(conductance, (value, rank) => [x(value), y(probit[rank])]);
      body.append(i ? crosses(points, { class: "second-dots" }) : dots(points, { class: "first-dots" }));
      if (!i) body.append(svg("line", { class: "aim", x1: x(target), x2: x(target), y1: y(-3.4), y2: y(3.4) }));
    }
  });
  return [body];
}
