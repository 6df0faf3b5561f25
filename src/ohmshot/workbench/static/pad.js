// A pad to draw on, with mouse, pen, finger or the keyboard. It keeps strokes, not pixels, so each can be taken back.

const LINE = 0.034; // of the side
const STEP = 0.03; // of the side, for one press of an arrow key
const PICTURE = 280; // pixels of the picture that the server gets

export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{drawn?: () => void, lifted?: () => void, entered?: () => void, said?: (text: string) => void}} told
   *   `drawn` while a stroke grows, `lifted` at its end, `entered` at the Enter key
   */
  constructor(canvas, told) {
    this.canvas = canvas;
    this.told = told;
    /** @type {[number, number][][]} */
    this.strokes = [];
    /** @type {[number, number][]|null} */
    this.stroke = null;
    this.cursor = [0.5, 0.5];
    this.pen = null; // "keyboard" while a key has lowered it
    this.watch();
  }

  get empty() {
    return this.strokes.length === 0;
  }

  clear() {
    this.strokes = [];
    this.stroke = null;
    this.pen = null;
    this.draw();
  }

  back() {
    this.strokes.pop();
    this.draw();
    this.told.lifted?.();
  }

  /** Black on white, whatever the theme. @returns {Promise<Blob>} */
  picture() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = PICTURE;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, PICTURE, PICTURE);
    pen.strokeStyle = "#000";
    this.trace(pen, PICTURE);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  draw() {
    const side = Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!side) return;
    this.canvas.width = this.canvas.height = side;
    const pen = this.canvas.getContext("2d");
    const ink = getComputedStyle(this.canvas).color;
    pen.strokeStyle = ink;
    this.trace(pen, side);
    if (this.shown) this.drawCursor(pen, side, ink);
  }

  trace(pen, side) {
    pen.lineWidth = LINE * side;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    for (const stroke of this.strokes) {
      pen.beginPath();
      const [[x, y]] = stroke;
      pen.moveTo(x * side, y * side);
      for (const [toX, toY] of stroke) pen.lineTo(toX * side, toY * side);
      pen.stroke();
    }
  }

  drawCursor(pen, side, ink) {
    const [x, y] = this.cursor.map((each) => each * side);
    pen.lineWidth = Math.max(1, side / 140);
    pen.beginPath();
    pen.arc(x, y, (this.pen ? 0.5 : 1) * LINE * side, 0, 2 * Math.PI);
    pen.moveTo(x - 2 * LINE * side, y);
    pen.lineTo(x + 2 * LINE * side, y);
    pen.moveTo(x, y - 2 * LINE * side);
    pen.lineTo(x, y + 2 * LINE * side);
    pen.strokeStyle = ink;
    pen.stroke();
  }

  watch() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => this.up());
    canvas.addEventListener("pointercancel", () => this.up());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.show(canvas.matches(":focus-visible")));
    canvas.addEventListener("blur", () => this.show(false));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(cursor) {
    this.shown = cursor;
    if (!cursor && this.pen) this.lift();
    this.draw();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  begin(point) {
    this.stroke = [point];
    this.strokes.push(this.stroke);
  }

  down(event) {
    if (event.button) return;
    this.shown = false;
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.point(event));
    this.draw();
  }

  move(event) {
    if (!this.stroke || this.pen) return;
    const points = event.getCoalescedEvents?.() ?? [];
    for (const each of points.length ? points : [event]) this.stroke.push(this.point(each));
    this.draw();
    this.told.drawn?.();
  }

  up() {
    if (!this.stroke || this.pen) return;
    this.stroke = null;
    this.told.lifted?.();
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    const actions = {
      " ": () => (this.pen ? this.lift() : this.lower()),
      Enter: () => this.told.entered?.(),
      Backspace: () => this.back(),
      Delete: () => this.clear(),
    };
    if (!move && !actions[event.key]) return;
    event.preventDefault();
    this.shown = true;
    if (move) this.go(move);
    else actions[event.key]();
    this.draw();
  }

  go(move) {
    this.cursor = this.cursor.map((value, i) => Math.max(0.05, Math.min(0.95, value + STEP * move[i])));
    if (!this.pen) return;
    this.stroke.push([...this.cursor]);
    this.told.drawn?.();
  }

  lower() {
    this.pen = "keyboard";
    this.begin([...this.cursor]);
    this.told.said?.("Pen down");
  }

  lift() {
    this.pen = null;
    this.stroke = null;
    this.told.said?.("Pen up");
    this.told.lifted?.();
  }
}
