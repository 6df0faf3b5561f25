// An example as a small picture: a drawing as the network sees it, or a signal as lines.

import { el } from "./dom.js";
import { unpacked } from "./map.js";

const SIDE = 28;

/** @param {string} example base64 @returns {HTMLCanvasElement} */
export function thumbnail(example) {
  const bytes = unpacked(example, Uint8Array);
  return bytes.length === SIDE * SIDE ? drawing(bytes) : signal(new Float32Array(bytes.buffer));
}

/** Ink in black of as much cover as it has; the dark theme turns it round. */
function drawing(ink) {
  const canvas = el("canvas", { width: SIDE, height: SIDE, class: "example", "aria-hidden": "true" });
  const image = new ImageData(SIDE, SIDE);
  ink.forEach((value, i) => { image.data[4 * i + 3] = value; });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Numbers one after another as one line; which of them belong to one channel, the page does not know. */
function signal(values) {
  const side = 2 * SIDE;
  const canvas = el("canvas", { width: side, height: side, class: "example", "aria-hidden": "true" });
  const most = values.reduce((high, each) => Math.max(high, Math.abs(each)), 1e-9);
  const pen = canvas.getContext("2d");
  pen.beginPath();
  for (let x = 0; x < side; x++) {
    const value = values[Math.floor((x * values.length) / side)];
    pen.lineTo(x, side / 2 - (value / most) * (side / 2 - 2));
  }
  pen.stroke();
  return canvas;
}
