// The list of symbols: a name and up to five drawings each; files can be dropped on every row.

import { $, button, el, icon } from "../dom.js";
import { MOST_EXAMPLES, renamed, withoutExample, withoutSymbol } from "../task.js";
import { thumbnail } from "../thumbnail.js";
import { many } from "../words.js";

export class SymbolList {
  /**
   * @param {{store: any, undo: any, chosen: (index: number) => void, dropped: (index: number, files: FileList) => void}} page
   */
  constructor({ store, undo, chosen, dropped }) {
    Object.assign(this, { store, undo, chosen, dropped });
    this.at = 0;
    store.watch(["task"], () => this.show());
  }

  get task() {
    return this.store.state.task;
  }

  change(what, task) {
    this.undo.before(what);
    this.store.set({ task });
  }

  choose(index) {
    this.at = Math.max(0, Math.min(this.task.classes.length - 1, index));
    for (const [i, row] of [...$("classes").children].entries()) row.classList.toggle("on", i === this.at);
    this.chosen(this.at);
  }

  show() {
    // A row that is typed in or walked through with the keyboard keeps the focus when the list is made anew.
    const focused = document.activeElement?.closest("#classes li");
    const place = focused ? [...$("classes").children].indexOf(focused) : -1;
    $("classes").replaceChildren(...this.task.classes.map((each, index) => this.row(each, index)));
    this.choose(this.at);
    if (place >= 0) $("classes").children[Math.min(place, this.task.classes.length - 1)]?.querySelector("input").focus();
  }

  row(each, index) {
    const row = el("li", { class: "class" }, this.name(each, index), this.slots(each, index), this.remove(each, index));
    row.addEventListener("click", () => this.choose(index));
    row.addEventListener("dragover", (event) => {
      event.preventDefault();
      row.classList.add("dropping");
    });
    row.addEventListener("dragleave", () => row.classList.remove("dropping"));
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      row.classList.remove("dropping");
      this.dropped(index, event.dataTransfer.files);
    });
    return row;
  }

  name(each, index) {
    const label = `Name of symbol ${index + 1}, ${many(each.examples.length, "drawing")}`;
    return el("input", {
      value: each.name, maxlength: 80, "aria-label": label, title: each.name, autocomplete: "off", spellcheck: "false",
      on: {
        focus: () => this.choose(index),
        change: (event) => this.change("the name", renamed(this.task, index, event.target.value)),
      },
    });
  }

  slots(each, index) {
    const taken = each.examples.map((example, place) => el("button", {
      type: "button", class: "slot", title: "Take this drawing back",
      "aria-label": `Take drawing ${place + 1} of ${each.name} back`,
      on: { click: () => this.change("a drawing", withoutExample(this.task, index, place)) },
    }, thumbnail(example), icon("close")));
    const free = Array.from({ length: MOST_EXAMPLES - each.examples.length }, () => el("span", { class: "slot free" }));
    return el("div", { class: "slots" }, ...taken, ...free);
  }

  remove(each, index) {
    return button(`Remove ${each.name}`, {
      sign: "close", onlySign: true, class: "quiet",
      on: {
        click: (event) => {
          event.stopPropagation();
          this.change("a symbol", withoutSymbol(this.task, index));
        },
      },
    });
  }
}
