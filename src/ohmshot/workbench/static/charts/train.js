// The pulse train of one cell: amplitude of every pulse above, what the cell read after it below, against its window.

import { svg } from "../dom.js";
import { count } from "../words.js";
import { area, Chart, line, ticks } from "./plot.js";

const ABOVE = 0.42; // of the height

/**
 * @typedef {object} Pulse
 * @property {number} update 0 for the initialisation
 * @property {boolean} formed
 * @property {number} source RESET amplitude in V, 0 for none
 * @property {number} gate gate voltage of a SET in V, 0 for none
 * @property {number|null} measured read-back in uS
 * @property {number} target in uS
 */

export class TrainChart extends Chart {
  constructor(element, height = 300) {
    super(element, { height, title: "Pulse train of one cell" });
  }

  /** @param {{pulses: Pulse[], tolerance: number|null, highest: number}} train */
  update(train) {
    const number = train.pulses.filter((each) => each.formed || each.source || each.gate).length;
    const last = train.pulses.at(-1);
    const words = last ? `${count(number)} rounds with a pulse; at last ${last.measured?.toFixed(1)} µS for a target of ${last.target.toFixed(1)} µS.` : "";
    this.show((width, height) => draw(width, height, train), words);
  }
}

function draw(width, height, { pulses, tolerance, highest }) {
  const upper = ABOVE * height;
  const domain = [0.2, pulses.length + 0.8];
  const most = Math.max(1, ...pulses.flatMap((each) => [each.source, each.gate]));
  const volts = area({ width, height: upper }, { domain, ticks: [], label: "" },
    { domain: [-1.1 * most, 1.1 * most], ticks: ticks(-most, most, 4).map(({ at, text }) => ({ at, text: text.replace("-", "") })), label: "RESET · SET (V)" });
  const read = area({ width, height: height - upper, top: upper },
    { domain, ticks: ticks(1, pulses.length, Math.min(8, pulses.length)).filter(({ at }) => Number.isInteger(at)), label: "round of pulses" },
    { domain: [0, 1.1 * highest], ticks: ticks(0, highest, 4), label: "read-back (µS)" });
  volts.body.append(...stems(volts, pulses));
  read.body.append(...windows(read, pulses, tolerance), ...readings(read, pulses));
  return [...updateMarks(volts, pulses), volts.body, read.body];
}

function stems({ x, y }, pulses) {
  return pulses.flatMap(({ formed, source, gate }, i) => {
    const at = x(i + 1);
    const made = [];
    const stem = (kind, volts) => made.push(
      svg("line", { class: kind, x1: at, x2: at, y1: y(0), y2: y(volts) }),
      svg("circle", { class: `${kind}-dot`, cx: at, cy: y(volts), r: 3 }));
    if (gate) stem("set", gate);
    if (source) stem("reset", -source);
    if (formed) made.push(svg("text", { class: "tick", x: at, y: y(0) - 6, "text-anchor": "middle", text: "FORM" }));
    return made;
  });
}

/** The band in which the cell is accepted, for as long as its target stays. */
function windows({ x, y }, pulses, tolerance) {
  return pulses.map(({ target }, i) => {
    const half = tolerance ?? 0;
    const top = y(target + half);
    const height = Math.max(2, y(target - half) - top);
    return svg("rect", { class: "band", x: x(i + 0.5), width: x(i + 1.5) - x(i + 0.5), y: top, height });
  });
}

function readings({ x, y }, pulses) {
  const points = pulses.flatMap(({ measured }, i) => (measured === null ? [] : [[x(i + 1), y(measured)]]));
  return [
    line(points, { class: "first" }),
    ...points.map(([cx, cy]) => svg("circle", { class: "first-dot", cx, cy, r: 3 })),
  ];
}

function updateMarks({ x, y }, pulses) {
  return pulses.flatMap(({ update }, i) => {
    if (i && pulses[i - 1].update === update) return [];
    const text = update ? `update ${update}` : "start";
    return [svg("text", { class: "mark", x: x(i + 0.6), y: 9, text })];
  });
}
