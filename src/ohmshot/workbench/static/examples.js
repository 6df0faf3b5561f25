// Further examples of a task with what the chip answers to each: right, wrong, or otherwise than before.

import { el } from "./dom.js";
import { labelsOfQueries, queriesOf } from "./task.js";
import { thumbnail } from "./thumbnail.js";

export class AskedExamples {
  /**
   * @param {HTMLElement} element
   * @param {(example: string, label: number) => void} chosen
   */
  constructor(element, chosen) {
    this.element = element;
    this.chosen = chosen;
    this.task = null;
    this.buttons = [];
  }

  /**
   * @param {import("./task.js").Task} task
   * @param {string[]} names that the chip has learned
   * @param {number[]|null} answers of the chip now
   * @param {number[]|null} [before] of the chip earlier
   */
  show(task, names, answers, before = null) {
    if (task !== this.task) this.build(task);
    const labels = labelsOfQueries(task);
    this.buttons.forEach((button, i) => {
      const answer = answers?.[i];
      const state = answer === undefined ? "" : answer === labels[i] ? "right" : "wrong";
      button.dataset.state = state;
      button.dataset.changed = String(Boolean(before && answer !== undefined && before[i] !== answer));
      const said = { "": "not asked yet", right: "right", wrong: `taken for ${names[answer]}` }[state];
      const earlier = button.dataset.changed === "true" ? `, before for ${names[before[i]]}` : "";
      button.title = `${names[labels[i]] ?? ""}: ${said}${earlier}`;
      button.setAttribute("aria-label", `Ask about example ${i + 1}, ${button.title}`);
    });
  }

  build(task) {
    this.task = task;
    const labels = labelsOfQueries(task);
    this.buttons = queriesOf(task).map((example, i) =>
      el("button", { type: "button", class: "asked", on: { click: () => this.chosen(example, labels[i]) } },
        thumbnail(example)));
    this.element.replaceChildren(...this.buttons);
  }
}
