// What all charts share: two axes with ticks, drawn anew at the width that there is, so letters keep their size.

import { el, svg } from "../dom.js";

/**
 * @typedef {object} Axis
 * @property {[number, number]} domain
 * @property {{at: number, text: string}[]} ticks
 * @property {string} label
 *
 * @typedef {object} Area A drawing with its two scales.
 * @property {SVGElement} body
 * @property {(value: number) => number} x
 * @property {(value: number) => number} y
 * @property {number} width
 * @property {number} height
 */

const MARGIN = { top: 10, right: 12, bottom: 38, left: 48 };
const LABEL = 14; // pixels more on the left where the axis has a label

/** A place for a chart; what it draws follows its width. */
export class Chart {
  /**
   * @param {HTMLElement} element
   * @param {{height?: number, title: string}} options `title` says what is seen, for a screen reader
   */
  constructor(element, { height = 220, title }) {
    this.element = element;
    this.height = height;
    this.title = title;
    this.drawing = null;
    element.classList.add("chart");
    new ResizeObserver(() => this.draw()).observe(element);
  }

  /** @param {(width: number, height: number) => SVGElement[]} drawing @param {string} [words] for a screen reader */
  show(drawing, words = "") {
    this.drawing = drawing;
    this.words = words;
    this.draw();
  }

  /** Nothing to draw yet, but a word why. */
  wait(text) {
    this.drawing = null;
    this.element.replaceChildren(el("p", { class: "chart-empty", text }));
  }

  draw() {
    // On a large screen letters are larger, and the drawing with them.
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const width = Math.floor(this.element.clientWidth / scale);
    if (!this.drawing || !width) return;
    const picture = svg("svg", {
      width: width * scale, height: this.height * scale, viewBox: `0 0 ${width} ${this.height}`, role: "img",
      "aria-label": `${this.title}. ${this.words}`,
    });
    picture.append(...this.drawing(width, this.height));
    this.element.replaceChildren(picture);
  }
}

/**
 * Axes and grid of an area of a drawing.
 * @param {{width: number, height: number, top?: number, left?: number}} box
 * @param {Axis} across
 * @param {Axis} up
 * @returns {Area}
 */
export function area({ width, height, top = 0, left = 0 }, across, up) {
  const inner = {
    left: left + MARGIN.left + (up.label ? LABEL : 0), right: left + width - MARGIN.right,
    top: top + MARGIN.top, bottom: top + height - (across.label || across.ticks.length ? MARGIN.bottom : 8),
  };
  const x = scale(across.domain, inner.left, inner.right);
  const y = scale(up.domain, inner.bottom, inner.top);
  const body = svg("g");
  for (const { at, text } of up.ticks) {
    body.append(
      svg("line", { class: "grid", x1: inner.left, x2: inner.right, y1: y(at), y2: y(at) }),
      svg("text", { class: "tick", x: inner.left - 6, y: y(at), dy: "0.35em", "text-anchor": "end", text }),
    );
  }
  for (const { at, text } of across.ticks) {
    body.append(
      svg("line", { class: "grid", x1: x(at), x2: x(at), y1: inner.top, y2: inner.bottom }),
      svg("text", { class: "tick", x: x(at), y: inner.bottom + 15, "text-anchor": "middle", text }),
    );
  }
  body.append(
    svg("line", { class: "axis", x1: inner.left, x2: inner.right, y1: inner.bottom, y2: inner.bottom }),
    svg("text", {
      class: "label", x: (inner.left + inner.right) / 2, y: inner.bottom + 32, "text-anchor": "middle", text: across.label,
    }),
    svg("text", {
      class: "label", "text-anchor": "middle", text: up.label,
      transform: `translate(${left + 11} ${(inner.top + inner.bottom) / 2}) rotate(-90)`,
    }),
  );
  return { body, x, y, width: inner.right - inner.left, height: inner.bottom - inner.top };
}

const scale = ([from, to], start, end) => (value) => start + ((value - from) / (to - from || 1)) * (end - start);

/** Round steps from one number to another, about so many. */
export function ticks(from, to, about = 5) {
  const rough = (to - from) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to + 1e-9; at += step) {
    found.push({ at, text: String(Number(at.toPrecision(6))) });
  }
  return found;
}

/** A line through points. */
export function line(points, attributes) {
  return svg("polyline", { fill: "none", points: points.map((each) => each.join(",")).join(" "), ...attributes });
}

/** Many small crosses as one path. */
export function crosses(points, attributes) {
  const d = points.map(([x, y]) => `M${(x - 2).toFixed(1)} ${(y - 2).toFixed(1)}l4 4m0 -4l-4 4`).join("");
  return svg("path", { fill: "none", d, ...attributes });
}

/** Many dots as one path: thousands of them are drawn in a millisecond. */
export function dots(points, attributes) {
  const d = points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
  return svg("path", { fill: "none", "stroke-linecap": "round", d, ...attributes });
}
