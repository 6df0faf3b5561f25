// The four views as tabs; arrow keys go from one to the next.

import { $ } from "./dom.js";

export const VIEWS = ["teach", "time", "engineer", "study"];

/** @param {(view: string) => void} chosen */
export function followTabs(chosen) {
  for (const view of VIEWS) {
    $(`tab-${view}`).addEventListener("click", () => chosen(view));
    $(`tab-${view}`).addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1 };
      const to = { Home: 0, End: VIEWS.length - 1 }[event.key] ??
        (event.key in steps ? (VIEWS.indexOf(view) + steps[event.key] + VIEWS.length) % VIEWS.length : -1);
      if (to < 0) return;
      event.preventDefault();
      chosen(VIEWS[to]);
      $(`tab-${VIEWS[to]}`).focus();
    });
  }
}

/** @param {string} shown */
export function showTab(shown) {
  for (const view of VIEWS) {
    const on = view === shown;
    $(`tab-${view}`).setAttribute("aria-selected", String(on));
    $(`tab-${view}`).tabIndex = on ? 0 : -1;
    $(`view-${view}`).hidden = !on;
  }
  document.title = `${shown[0].toUpperCase()}${shown.slice(1)} · ohmshot workbench`;
}
