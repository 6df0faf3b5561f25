// Where the energy goes, as one bar in parts.

import { el } from "../dom.js";
import { energy, percent } from "../words.js";

/** @param {HTMLElement} element @param {Record<string, number>} joules by operation */
export function showEnergy(element, joules) {
  const all = Object.values(joules).reduce((sum, each) => sum + each, 0) || 1;
  const parts = Object.entries(joules).filter(([, value]) => value > 0);
  element.replaceChildren(
    el("div", { class: "parts", "aria-hidden": "true" }, ...parts.map(([name, value]) => {
      const part = el("span", { class: `part part-${name}` });
      part.style.flexGrow = String(value / all);
      return part;
    })),
    el("ul", { class: "parts-key" }, ...parts.map(([name, value]) =>
      el("li", {}, el("span", { class: `dot part-${name}`, "aria-hidden": "true" }),
        el("span", { text: `${name === "multiply" || name === "read" ? name : name.toUpperCase()} ${energy(value)}, ${percent(value / all)}` })))),
  );
}
