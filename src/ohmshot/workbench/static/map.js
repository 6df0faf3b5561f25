// The map of a chip's cells as the array has them: for the page, and by `render` for notebooks through anywidget.
// It imports nothing, since a notebook loads this one file.

/**
 * @typedef {object} Layout What every cell is for, as `ohmshot.workbench.picture.layout` gives it.
 * @property {number} rows
 * @property {number} columns of all arrays together
 * @property {number} arrays side by side
 * @property {Uint8Array} layer of each cell, 0 for none
 * @property {Int16Array} input row of the layer's weight matrix, -1 for none
 * @property {Int16Array} output column of it
 * @property {number[]|null} levels in uS; null for continuous targets
 * @property {[number, number]} window from the reset state to the highest level, in uS
 */

/**
 * @typedef {object} Cells Every cell now, as `ohmshot.workbench.picture.cells` gives it.
 * @property {Float32Array} conductance in uS
 * @property {Float32Array} target in uS
 * @property {Int32Array} wear SET/RESET cycles in its life
 * @property {Uint8Array} stuck 1 where the host knows that the cell is
 * @property {Int32Array} [pulses] of the updates
 */

/** Cividis (Nunez, Anderton, Renslow, PLoS ONE 13, 2018): its order is read alike with and without colour blindness. */
const CIVIDIS = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115],
  [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56],
];

/** Blue over white to orange, for what is below and above its target (Okabe and Ito's blue and vermilion). */
const AROUND_ZERO = [[0, 80, 140], [86, 160, 210], [235, 238, 240], [236, 150, 90], [190, 75, 0]];

const WRITTEN = "#ff5a1f";
const SHADES = {
  conductance: { title: "Conductance", unit: "µS" },
  target: { title: "Target", unit: "µS" },
  error: { title: "Off target", unit: "µS" },
  wear: { title: "Wear", unit: "cycles" },
};
const ERROR_SHOWN = 15; // uS on both sides of the target
const READ_OUT_AFTER = 250; // ms without a further move until a screen reader is told

/**
 * A colour between those of a ramp.
 * @param {number} share 0 to 1
 * @param {number[][]} [ramp]
 * @returns {[number, number, number]} red, green, blue, 0 to 255
 */
export function colour(share, ramp = CIVIDIS) {
  const at = Math.max(0, Math.min(1, share)) * (ramp.length - 1);
  const low = Math.min(ramp.length - 2, Math.floor(at));
  return ramp[low].map((value, i) => Math.round(value + (ramp[low + 1][i] - value) * (at - low)));
}

/**
 * Numbers that travelled as base64 of little-endian binary.
 * @template T
 * @param {string} text
 * @param {new (buffer: ArrayBuffer) => T} Kind a typed array
 * @returns {T}
 */
export function unpacked(text, Kind) {
  return new Kind(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer);
}

/** @returns {Layout} */
export function layoutFrom(packed) {
  return {
    ...packed,
    layer: unpacked(packed.layer, Uint8Array),
    input: unpacked(packed.input, Int16Array),
    output: unpacked(packed.output, Int16Array),
  };
}

/** @returns {Cells} */
export function cellsFrom(packed) {
  return {
    conductance: unpacked(packed.conductance, Float32Array),
    target: unpacked(packed.target, Float32Array),
    wear: unpacked(packed.wear, Int32Array),
    stuck: unpacked(packed.stuck, Uint8Array),
  };
}

/** Where every cell lies on the canvas, in device pixels. Two cells of a pair touch; pairs and rows are apart. */
class Grid {
  constructor(layout, width, ratio) {
    this.layout = layout;
    this.across = layout.columns / layout.arrays;
    const pairs = Math.ceil(this.across / 2);
    this.width = Math.floor(width * ratio);
    this.gap = this.width > 500 ? Math.max(2, Math.round(this.width / 500)) : 1;
    this.cell = (this.width - (pairs - 1) * this.gap) / this.across; // no whole number: the map fills its place
    this.between = 2 * this.cell; // rows of two arrays
    this.pitch = this.cell + this.gap / 2;
    this.height = Math.ceil(layout.arrays * layout.rows * this.pitch + (layout.arrays - 1) * this.between);
  }

  place(cell) {
    const { rows, columns } = this.layout;
    const row = Math.floor(cell / columns);
    const array = Math.floor((cell % columns) / this.across);
    const x = (cell % columns) % this.across;
    return [
      x * this.cell + Math.floor(x / 2) * this.gap,
      array * (rows * this.pitch + this.between) + row * this.pitch,
    ];
  }

  /** The cell at a place, or -1 beside the arrays. */
  at(x, y) {
    const { rows, columns, arrays } = this.layout;
    const block = rows * this.pitch + this.between;
    const array = Math.floor(y / block);
    const row = Math.floor((y - array * block) / this.pitch);
    const wide = 2 * this.cell + this.gap;
    const pair = Math.floor(x / wide);
    const column = 2 * pair + (x - pair * wide >= this.cell ? 1 : 0);
    const inside = array >= 0 && array < arrays && row >= 0 && row < rows && column >= 0 && column < this.across;
    return inside ? row * columns + array * this.across + column : -1;
  }
}

/** A map on a canvas with its legend and, below it, what the cell under the pointer holds. */
export class ChipMap {
  /**
   * @param {HTMLElement} element to fill
   * @param {{label?: string, onPick?: (cell: number) => void, choosing?: string}} [options] `onPick` is told of a cell
   *   that was chosen, `choosing` says what for
   */
  constructor(element, { label = "Map of the cells", onPick, choosing = "for its pulses" } = {}) {
    this.onPick = onPick;
    this.choosing = choosing;
    this.shade = "conductance";
    this.under = -1; // pointer or keyboard
    this.chosen = -1;
    this.lit = { set: new Set(), reset: new Set() };
    this.build(element, label);
    this.watch(element);
  }

  build(element, label) {
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", "map");
    const how = this.onPick ? " Enter chooses a cell." : "";
    this.canvas.setAttribute("aria-label", `${label}. Arrow keys move from cell to cell.${how}`);
    Object.assign(this.canvas.style, { display: "block", maxWidth: "100%", cursor: "crosshair", margin: "0 auto" });
    this.legend = document.createElement("p");
    this.legend.setAttribute("aria-hidden", "true");
    Object.assign(this.legend.style, {
      display: "flex", flexWrap: "wrap", alignItems: "center", gap: "0 0.5em", minHeight: "1.6em",
      margin: "0.5rem 0 0", fontSize: "0.8125rem",
    });
    this.rest = `Point at a cell to see what it holds${this.onPick ? `; choose it ${this.choosing}` : ""}.`;
    this.words = document.createElement("p");
    this.words.textContent = this.rest;
    this.words.className = "map-words";
    Object.assign(this.words.style, { margin: "0.25rem 0 0", minHeight: "2.9em", fontVariantNumeric: "tabular-nums" });
    this.spoken = document.createElement("p");
    this.spoken.setAttribute("aria-live", "polite");
    Object.assign(this.spoken.style, {
      position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", margin: "0",
    });
    this.frame = document.createElement("div");
    Object.assign(this.frame.style, { position: "relative" });
    this.frame.append(this.canvas, this.legend, this.words, this.spoken);
    element.replaceChildren(this.frame);
  }

  watch(element) {
    this.canvas.addEventListener("pointermove", (event) => this.move(this.cellAt(event)));
    this.canvas.addEventListener("pointerleave", () => this.move(-1));
    this.canvas.addEventListener("click", (event) => this.pick(this.cellAt(event)));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /**
   * Show a chip.
   * @param {Layout} layout
   * @param {Cells} cells
   */
  show(layout, cells) {
    this.layout = layout;
    this.cells = cells;
    this.draw();
  }

  /**
   * Light up the cells that got a pulse; those of neither kind go dark.
   * @param {Iterable<number>} [set]
   * @param {Iterable<number>} [reset]
   */
  light(set = [], reset = []) {
    this.lit = { set: new Set(set), reset: new Set(reset) };
    this.draw();
  }

  /** @param {keyof typeof SHADES} shade what the colours mean */
  paint(shade) {
    this.shade = shade;
    this.draw();
  }

  choose(cell) {
    this.chosen = cell;
    this.draw();
  }

  /** What a cell's colour is for, 0 to 1. */
  share(cell) {
    const [, highest] = this.layout.window;
    const { conductance, target, wear } = this.cells;
    switch (this.shade) {
      case "target":
        return target[cell] / highest;
      case "error":
        return 0.5 + (conductance[cell] - target[cell]) / (2 * ERROR_SHOWN);
      case "wear":
        return Math.log10(1 + wear[cell]) / Math.log10(1 + this.mostWorn);
      default:
        return conductance[cell] / highest;
    }
  }

  get ramp() {
    return this.shade === "error" ? AROUND_ZERO : CIVIDIS;
  }

  draw() {
    const width = this.frame.clientWidth;
    if (!this.layout || !width) return;
    const ratio = window.devicePixelRatio || 1;
    this.grid = new Grid(this.layout, width, ratio);
    this.canvas.width = this.grid.width;
    this.canvas.height = this.grid.height;
    this.canvas.style.width = `${this.grid.width / ratio}px`;
    this.mostWorn = this.shade === "wear" ? this.cells.wear.reduce((most, each) => Math.max(most, each), 1) : 1;
    this.ink = getComputedStyle(this.frame).color;
    const pen = this.canvas.getContext("2d");
    this.drawCells(pen);
    this.drawOutlines(pen);
    this.drawLit(pen);
    this.drawMarks(pen);
    this.drawLegend();
    const lit = new Set([...this.lit.set, ...this.lit.reset]);
    this.canvas.dataset.lit = [...lit].sort((a, b) => a - b).join(" ");
  }

  drawCells(pen) {
    const anything = this.lit.set.size + this.lit.reset.size > 0;
    for (let cell = 0; cell < this.layout.rows * this.layout.columns; cell++) {
      const [x, y] = this.grid.place(cell);
      const used = this.layout.layer[cell] > 0;
      pen.globalAlpha = used ? (anything ? 0.78 : 1) : 0.12;
      pen.fillStyle = used ? `rgb(${colour(this.share(cell), this.ramp)})` : this.ink;
      this.square(pen, x, y);
    }
    pen.globalAlpha = 1;
  }

  /** A square with whole pixels as edges, so that neighbours are sharp. */
  square(pen, x, y, rim = 0) {
    const left = Math.round(x + rim);
    const top = Math.round(y + rim);
    pen.fillRect(left, top, Math.round(x + this.grid.cell - rim) - left, Math.round(y + this.grid.cell - rim) - top);
  }

  /** A line around each layer, where a neighbour belongs to another one. */
  drawOutlines(pen) {
    const { rows, columns, layer } = this.layout;
    const { across, cell: size, pitch } = this.grid;
    pen.strokeStyle = this.ink;
    pen.globalAlpha = 0.75;
    pen.lineWidth = Math.max(1, size / 9);
    pen.beginPath();
    for (let cell = 0; cell < rows * columns; cell++) {
      if (!layer[cell]) continue;
      const [x, y] = this.grid.place(cell);
      const column = (cell % columns) % across;
      if (cell >= columns && layer[cell - columns] !== layer[cell]) side(pen, x, y, x + size, y);
      if (cell < (rows - 1) * columns && layer[cell + columns] !== layer[cell]) side(pen, x, y + pitch, x + size, y + pitch);
      if (column > 0 && layer[cell - 1] !== layer[cell]) side(pen, x, y, x, y + pitch);
      if (column < across - 1 && layer[cell + 1] !== layer[cell]) side(pen, x + size, y, x + size, y + pitch);
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** Cells with a pulse: SET filled, RESET hollow, so that they differ in more than colour. */
  drawLit(pen) {
    const rim = Math.max(1, this.grid.cell / 6);
    for (const [kind, cells] of Object.entries(this.lit)) {
      for (const cell of cells) {
        const [x, y] = this.grid.place(cell);
        pen.fillStyle = kind === "set" ? "#fff" : WRITTEN;
        this.square(pen, x, y);
        pen.fillStyle = kind === "set" ? WRITTEN : "#fff";
        this.square(pen, x, y, rim);
      }
    }
  }

  drawMarks(pen) {
    const size = this.grid.cell;
    pen.lineWidth = Math.max(1, size / 7);
    pen.strokeStyle = "#fff";
    this.cells.stuck.forEach((stuck, cell) => {
      if (!stuck) return;
      const [x, y] = this.grid.place(cell);
      pen.beginPath();
      side(pen, x, y, x + size, y + size);
      side(pen, x + size, y, x, y + size);
      pen.stroke();
    });
    for (const cell of [this.chosen, this.under]) {
      if (cell < 0) continue;
      const [x, y] = this.grid.place(cell);
      for (const [line, width] of [["#000", 4], ["#fff", 2]]) {
        pen.strokeStyle = line;
        pen.lineWidth = (width * size) / 10 + 1;
        pen.strokeRect(x - 1, y - 1, size + 2, size + 2);
      }
    }
  }

  /** What the colours mean, and, while cells are lit, which pulses they got. */
  drawLegend() {
    const [left, right] = this.ends();
    const stops = this.ramp.map((each) => `rgb(${each})`).join(", ");
    const bar = styled({ width: "8em", maxWidth: "25%", height: "0.7em", background: `linear-gradient(90deg, ${stops})` });
    const parts = [styled({}, SHADES[this.shade].title), styled({}, left), bar, styled({}, right)];
    if (this.lit.set.size + this.lit.reset.size) {
      for (const [name, rim, core] of [["SET", "#fff", WRITTEN], ["RESET", WRITTEN, "#fff"]]) {
        const square = { width: "0.8em", height: "0.8em", marginLeft: "0.5em", background: core, border: `0.15em solid ${rim}` };
        parts.push(styled({ ...square, outline: "1px solid #8888" }), styled({}, name));
      }
    }
    this.legend.replaceChildren(...parts);
  }

  ends() {
    const [, highest] = this.layout.window;
    const { unit } = SHADES[this.shade];
    if (this.shade === "error") return [`−${ERROR_SHOWN}`, `+${ERROR_SHOWN} ${unit}`];
    if (this.shade === "wear") return ["0", `${this.mostWorn.toLocaleString("en")} ${unit}`];
    return ["0", `${highest.toFixed(0)} ${unit}`];
  }

  /** A sentence about a cell. */
  about(cell) {
    const { columns, arrays, layer, input, output, levels } = this.layout;
    const { conductance, target, wear, stuck, pulses } = this.cells;
    const column = cell % columns;
    const array = arrays > 1 ? `array ${Math.floor(column / this.grid.across)}, ` : "";
    const place = `${array}row ${Math.floor(cell / columns)}, column ${column % this.grid.across}`;
    if (!layer[cell]) return `${place}: not used by this network.`;
    const sign = column % 2 ? "minus" : "plus";
    const weight = `${sign} cell of weight ${input[cell]}→${output[cell]}, layer ${layer[cell]}`;
    const level = levels ? levels.findIndex((each) => Math.abs(each - target[cell]) < 0.05) : -1;
    const aim = `target ${target[cell].toFixed(1)} µS${level >= 0 ? ` (level ${level})` : ""}`;
    const written = pulses ? `, ${pulses[cell]} pulses in the updates` : "";
    const health = stuck[cell] ? ", stuck" : "";
    return `${place}: ${weight}. ${conductance[cell].toFixed(1)} µS, ${aim}${written}, ` +
      `${wear[cell].toLocaleString("en")} cycles in its life${health}.`;
  }

  cellAt(event) {
    if (!this.grid) return -1;
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return this.grid.at((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
  }

  move(cell) {
    if (cell === this.under || !this.layout) return;
    this.under = cell;
    this.words.textContent = cell < 0 ? this.rest : this.about(cell);
    this.draw();
  }

  pick(cell) {
    if (cell < 0 || !this.onPick) return;
    this.choose(cell);
    this.onPick(cell);
  }

  key(event) {
    if (!this.layout) return;
    const { columns, rows } = this.layout;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const from = this.under < 0 ? Math.max(0, this.chosen) : this.under + step;
      this.move(Math.max(0, Math.min(rows * columns - 1, from)));
      this.speak();
    } else if (event.key === "Enter" && this.under >= 0) {
      this.pick(this.under);
    }
  }

  speak() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => { this.spoken.textContent = this.words.textContent; }, READ_OUT_AFTER);
  }
}

function styled(style, text = "") {
  const made = document.createElement("span");
  made.textContent = text;
  Object.assign(made.style, style);
  return made;
}

function side(pen, x0, y0, x1, y1) {
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
}

/**
 * The map in a notebook: traits `chip_layout`, `cells`, `lit` (addresses), `shade`, and `selected`, which a click sets.
 * @param {{model: any, el: HTMLElement}} widget as anywidget hands it over
 */
export function render({ model, el }) {
  const map = new ChipMap(el, {
    onPick: (cell) => {
      model.set("selected", cell);
      model.save_changes();
    },
  });
  const all = () => {
    map.shade = model.get("shade") || "conductance";
    map.lit = { set: new Set(model.get("lit") || []), reset: new Set() };
    if (model.get("chip_layout")) map.show(layoutFrom(model.get("chip_layout")), cellsFrom(model.get("cells")));
  };
  for (const trait of ["chip_layout", "cells", "lit", "shade"]) model.on(`change:${trait}`, all);
  all();
}

export default { render };
