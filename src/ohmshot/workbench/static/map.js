// The map of a chip's cells: one module for the page and, by `render`, for notebooks through anywidget.
// Colours are cividis (Nunez et al., PLoS ONE 13, 2018), which colour-blind people read in the same order.
const STOPS = [[0,34,78],[35,62,108],[87,93,109],[124,123,120],[166,157,117],[211,193,100],[254,232,56]];
export function colour(share) {
  const at = Math.max(0, Math.min(1, share)) * (STOPS.length - 1), low = Math.min(STOPS.length - 2, Math.floor(at));
  return STOPS[low].map((value, i) => Math.round(value + (STOPS[low + 1][i] - value) * (at - low)));
}
export function unpacked(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Kind(bytes.buffer);
}
const CELL = 12, GAP = 4; // pixels of a cell, and between two pairs
export class ChipMap {
  constructor(element) {
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0; this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Map of the cells. Arrow keys move over it; what a cell holds is said below.");
    this.words = document.createElement("p"); this.words.setAttribute("aria-live", "polite");
    element.replaceChildren(this.canvas, this.words);
    this.lit = new Set(); this.at = 0;
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }
  // layout: rows, columns, arrays, layer per cell; cells: conductance, target, wear, pulses
  show(layout, cells) { this.layout = layout; this.cells = cells; this.draw(); }
  place(cell) {
    const { rows, columns, arrays } = this.layout, width = columns / arrays;
    const row = Math.floor(cell / columns), column = cell % columns, array = Math.floor(column / width), x = column % width;
    return [x * CELL + Math.floor(x / 2) * GAP, (array * (rows + 1) + row) * CELL];
  }
  draw() {
    const { rows, columns, arrays, layer, window } = this.layout, width = columns / arrays, pen = this.canvas.getContext("2d");
    this.canvas.width = width * CELL + (width / 2) * GAP; this.canvas.height = arrays * (rows + 1) * CELL;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (let cell = 0; cell < rows * columns; cell++) {
      const [x, y] = this.place(cell);
      pen.fillStyle = `rgb(${colour(this.cells.conductance[cell] / window[1])})`;
      pen.fillRect(x, y, CELL, CELL);
      pen.strokeStyle = "#e8630a"; pen.lineWidth = 2;
      if (layer[cell]) { // the outline of a layer, where a neighbour is of another
        if (cell < columns || layer[cell - columns] !== layer[cell]) line(pen, x, y, x + CELL, y);
        if (cell >= (rows - 1) * columns || layer[cell + columns] !== layer[cell]) line(pen, x, y + CELL, x + CELL, y + CELL);
        if (cell % width === 0 || layer[cell - 1] !== layer[cell]) line(pen, x, y, x, y + CELL);
        if (cell % width === width - 1 || layer[cell + 1] !== layer[cell]) line(pen, x + CELL, y, x + CELL, y + CELL);
      }
      if (this.lit.has(cell)) { pen.strokeStyle = "#fff"; pen.lineWidth = 3; pen.strokeRect(x + 1.5, y + 1.5, CELL - 3, CELL - 3); }
    }
    this.canvas.dataset.lit = [...this.lit].sort((a, b) => a - b).join(" ");
  }
  say(cell) {
    const c = this.cells, row = Math.floor(cell / this.layout.columns), column = cell % this.layout.columns;
    this.words.textContent = `row ${row}, column ${column} (${column % 2 ? "minus" : "plus"}): ${c.conductance[cell].toFixed(1)} µS, ` +
      `target ${c.target[cell].toFixed(1)} µS, ${c.pulses ? c.pulses[cell] : 0} pulses in the updates, ${c.wear[cell]} cycles in its life`;
  }
  hover(event) {
    if (!this.layout) return;
    const box = this.canvas.getBoundingClientRect(), { rows, columns, arrays } = this.layout, width = columns / arrays;
    const x = ((event.clientX - box.left) / box.width) * this.canvas.width, y = ((event.clientY - box.top) / box.height) * this.canvas.height;
    const pair = Math.floor(x / (2 * CELL + GAP)), column = Math.min(2 * pair + (x % (2 * CELL + GAP) >= CELL ? 1 : 0), width - 1);
    const line = Math.floor(y / CELL), array = Math.floor(line / (rows + 1)), row = line % (rows + 1);
    if (row < rows && array < arrays && column >= 0) this.say((this.at = row * columns + array * width + column));
  }
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.layout?.columns, ArrowDown: this.layout?.columns }[event.key];
    if (!step || !this.layout) return;
    event.preventDefault();
    this.at = Math.max(0, Math.min(this.cells.conductance.length - 1, this.at + step));
    this.say(this.at);
  }
}
function line(pen, a, b, c, d) { pen.beginPath(); pen.moveTo(a, b); pen.lineTo(c, d); pen.stroke(); }
