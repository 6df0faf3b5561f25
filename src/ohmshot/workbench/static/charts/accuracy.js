// Right answers after each update, beside the same head with exact weights.

import { svg } from "../dom.js";
import { percent } from "../words.js";
import { area, Chart, line } from "./plot.js";

const Y = [0, 0.25, 0.5, 0.75, 1];

export class AccuracyChart extends Chart {
  constructor(element, height = 200) {
    super(element, { height, title: "Right answers by update" });
  }

  /** @param {{chip: any[], exact: any[], done: number}} found judged steps; `done` updates are drawn in full */
  update({ chip, exact, done }) {
    const last = chip[done];
    const words = last ? `After ${done} updates ${percent(last.right / last.of)} are right.` : "";
    this.show((width, height) => draw(width, height, chip, exact, done), words);
  }
}

function draw(width, height, chip, exact, done) {
  const { body, x, y } = area(
    { width, height },
    { domain: [-0.15, chip.length - 0.85], ticks: chip.map((_, at) => ({ at, text: at ? String(at) : "before" })), label: "update" },
    { domain: [0, 1.04], ticks: Y.map((at) => ({ at, text: percent(at) })), label: "" },
  );
  const place = (each, i) => [x(i), y(each.right / each.of)];
  const shown = chip.slice(0, done + 1);
  body.append(
    line(exact.map(place), { class: "exact" }),
    ...shown.map((each, i) => svg("line", { class: "interval", x1: x(i), x2: x(i), y1: y(each.low), y2: y(each.high) })),
    line(shown.map(place), { class: "first" }),
    ...shown.map((each, i) => svg("circle", { class: "first-dot", cx: x(i), cy: y(each.right / each.of), r: 4 })),
  );
  return [body];
}
