// A tour of six steps: a card beside what it speaks of, for mouse, touch and keyboard. It can be left at any time.

import { $ } from "./dom.js";

const SEEN = "ohmshot-tour";
const STEPS = [
  { view: "teach", at: "draw-card", title: "Draw a few symbols",
    text: "Anything you like, one to five times each. Or drop pictures, use the camera, or take examples from a source." },
  { view: "teach", at: "learn-card", title: "Press Learn",
    text: "A chip of resistive memory learns them in five updates. Each square is a cell; two cells make one weight. The cells that light up are being written, pulse by pulse." },
  { view: "teach", at: "ask-card", title: "Ask it",
    text: "Draw something new: the bars follow your pen. The chip multiplies with the currents of its own cells." },
  { view: "time", at: "age-card", title: "Let ten years pass",
    text: "Heat ages a chip. Move the sliders to look ahead, bake it, see the levels spread, then repair it. Everything can be undone." },
  { view: "engineer", at: "settings-card", title: "Change the chip",
    text: "Other cells, programming, converters, faults. Two chips learn the same drawings side by side, and every slider answers at once. A click on a cell shows its pulses." },
  { view: "study", at: "study-title", title: "Measure it",
    text: "One chip is an anecdote. A study runs many of them; each view has the command that does the same. The link at the top right restores all that you see." },
];
const APART = 12; // pixels between the card and what it speaks of

/** @param {any} store */
export function followTour(store) {
  let step = -1;
  let before = null;
  let begunIn = "teach";

  const show = (to) => {
    step = to;
    const { view, title, text } = STEPS[step];
    store.set({ view });
    $("tour-count").textContent = `${step + 1} of ${STEPS.length}`;
    $("tour-title").textContent = title;
    $("tour-text").textContent = text;
    $("tour-back").hidden = step === 0;
    $("tour-next").firstChild.textContent = step === STEPS.length - 1 ? "Done" : "Next";
    $("tour").hidden = $("tour-ring").hidden = false;
    place();
    $("tour").focus({ preventScroll: true });
  };
  const leave = () => {
    step = -1;
    $("tour").hidden = $("tour-ring").hidden = true;
    store.set({ view: begunIn });
    before?.focus();
    remember();
  };
  const go = (by) => (step + by >= STEPS.length ? leave() : show(Math.max(0, step + by)));
  const place = () => step >= 0 && beside($(STEPS[step].at).closest(".card"));

  $("tour-start").addEventListener("click", () => {
    before = document.activeElement;
    begunIn = store.state.view;
    show(0);
  });
  $("tour-next").addEventListener("click", () => go(1));
  $("tour-back").addEventListener("click", () => go(-1));
  $("tour-skip").addEventListener("click", leave);
  $("tour").addEventListener("keydown", (event) => {
    const keys = { Escape: leave, ArrowRight: () => go(1), ArrowLeft: () => go(-1) };
    keys[event.key]?.();
    if (event.key === "Tab") keepFocus(event);
  });
  addEventListener("resize", place);
}

/** Whether this browser has not seen the tour yet. */
export function isNew() {
  try {
    return localStorage.getItem(SEEN) === null;
  } catch {
    return false;
  }
}

/** Do not offer the tour again. */
export function remember() {
  try {
    localStorage.setItem(SEEN, "yes");
  } catch {
    // Without storage the page offers the tour again next time.
  }
}

/** Put the ring around a card of the page, and the tour's card beside or below it. */
function beside(target) {
  const box = target.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const card = $("tour");
  const ring = $("tour-ring");
  const top = box.top + scrollY;
  Object.assign(ring.style, {
    left: `${box.left - 4}px`, top: `${top - 4}px`, width: `${box.width + 8}px`, height: `${box.height + 8}px`,
  });
  const right = box.right + APART + card.offsetWidth < room;
  const left = box.left - APART - card.offsetWidth > 0;
  const across = right ? box.right + APART : left ? box.left - APART - card.offsetWidth : Math.max(16, (room - card.offsetWidth) / 2);
  const down = right || left ? top + 24 : top + Math.min(box.height - 24, innerHeight * 0.45);
  Object.assign(card.style, { left: `${across}px`, top: `${Math.max(16, down)}px` });
  scrollTo({ top: Math.max(0, top - 96), behavior: "instant" });
}

function keepFocus(event) {
  const buttons = [...$("tour").querySelectorAll("button:not([hidden])")];
  const at = buttons.indexOf(document.activeElement);
  const to = event.shiftKey ? (at <= 0 ? buttons.length - 1 : at - 1) : (at + 1) % buttons.length;
  event.preventDefault();
  buttons[to].focus();
}
