// How sure the chip is of each class, as bars that follow the pen.

import { el, icon } from "./dom.js";
import { percent } from "./words.js";

export class ClassBars {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.names = [];
    this.rows = [];
  }

  /** Show bars of length zero for these classes. @param {string[]} names */
  begin(names) {
    if (names.join("\n") !== this.names.join("\n")) {
      this.names = names;
      this.rows = names.map((name) => {
        const fill = el("span", { class: "bar-fill" });
        const value = el("span", { class: "bar-value" });
        const row = el("li", { class: "bar" }, el("span", { class: "bar-name", text: name, title: name }),
          el("span", { class: "bar-track" }, fill), value);
        return { row, fill, value };
      });
      this.element.replaceChildren(...this.rows.map((each) => each.row));
    }
    this.rest();
  }

  rest() {
    this.element.dataset.best = "";
    this.element.dataset.known = "";
    for (const { row, fill, value } of this.rows) {
      row.classList.remove("best");
      fill.style.width = "0";
      value.textContent = "";
    }
  }

  /** @param {{shares: number[], best: number, known: boolean|null}} answer */
  show({ shares, best, known }) {
    this.element.dataset.best = this.names[best];
    this.element.dataset.known = known == null ? "" : known ? "yes" : "no";
    this.rows.forEach(({ row, fill, value }, i) => {
      row.classList.toggle("best", i === best && known !== false);
      fill.style.width = `${100 * shares[i]}%`;
      value.textContent = percent(shares[i]);
    });
  }
}

/** The answer as one line. */
export function verdict({ shares, best, known }, names) {
  if (known === false) {
    return el("span", { class: "verdict unknown" }, icon("unknown"), el("span", { text: "I do not know this one." }));
  }
  const sure = shares[best] < 0.5 ? "Perhaps" : "This is";
  return el("span", { class: "verdict" }, el("span", { text: `${sure} ` }), el("strong", { text: names[best] }));
}
