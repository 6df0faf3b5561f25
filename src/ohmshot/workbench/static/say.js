// One place for words to the person: a line at the foot of the page that a screen reader reads too.

import { $ } from "./dom.js";
import { Refused } from "./connection.js";

const SHOWN_FOR = 7000; // ms; what went wrong stays until the next word
let hide = 0;

/**
 * @param {string} text
 * @param {"good"|"bad"} [kind]
 */
export function say(text, kind = "good") {
  clearTimeout(hide);
  $("word-text").textContent = text;
  $("word").dataset.kind = kind;
  $("word").hidden = !text;
  if (kind === "good") hide = setTimeout(() => say(""), SHOWN_FOR);
}

/**
 * Do something that the server may refuse; its reason becomes the word.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T|undefined>}
 */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, "bad");
    return undefined;
  }
}

/** The same, with a button that shows that it works and cannot be pressed meanwhile. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  button.setAttribute("aria-busy", "true");
  try {
    return await attempt(work);
  } finally {
    button.removeAttribute("aria-busy");
  }
}
