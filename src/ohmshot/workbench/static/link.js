// The state of the page as the fragment of its address, in words that a person can read and change.
// Drawings of one's own are too long for an address; they travel in a file.

import { settingsAsTexts, settingsFrom } from "./settings.js";

/** Operations of the Time view whose one number or bake stands in a link. */
const NUMBERS = { bake: ["hours", "celsius"], repair: ["value"], wear: ["value"], "break-row": ["value"], retest: [] };

/**
 * @param {any} state of the store
 * @returns {string} without the #
 */
export function toFragment({ view, task, settings, beside, bake, did, chip, study, defaults }) {
  const found = new URLSearchParams({ view });
  for (const [name, value] of settingsAsTexts(settings, defaults)) found.append(name, value);
  for (const [name, value] of beside ? settingsAsTexts(beside, defaults) : []) found.append(`b.${name}`, value);
  const begun = chip && did.some(({ op }) => op === "next-task") ? chip.begun : task;
  if (begun.source) found.append("source", sourceText(begun.source));
  if (bake.hours !== 12) found.append("hours", String(bake.hours));
  if (bake.celsius !== 150) found.append("celsius", String(bake.celsius));
  if (chip && (begun === task || begun.source)) {
    found.append("learned", "yes");
    for (const each of did) found.append("did", didText(each));
  }
  if (view === "study") for (const [name, value] of Object.entries(study)) found.append(`study.${name}`, String(value));
  return found.toString();
}

const sourceText = ({ name, ways, shots, seed }) => [name, ways, shots, seed].join(" ");

function didText({ op, message }) {
  if (op === "next-task") return `${op} ${message.source ? sourceText(message.source) : ""}`;
  return [op, ...NUMBERS[op].map((name) => message[name])].join(" ");
}

/**
 * @param {string} fragment with or without the #
 * @param {import("./settings.js").Settings} defaults
 * @returns {any} what the link says of the state; it leaves out what it does not say
 */
export function fromFragment(fragment, defaults) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const texts = Object.fromEntries(given);
  const under = (prefix) => Object.fromEntries(
    Object.entries(texts).filter(([name]) => name.startsWith(prefix)).map(([name, text]) => [name.slice(prefix.length), text]));
  const beside = settingsFrom(under("b."));
  return {
    view: texts.view,
    settings: { ...defaults, ...settingsFrom(texts) },
    beside: Object.keys(beside).length ? { ...defaults, ...beside } : null,
    source: texts.source ? sourceFrom(texts.source.split(" ")) : null,
    bake: { hours: Number(texts.hours ?? 12), celsius: Number(texts.celsius ?? 150) },
    learned: texts.learned === "yes",
    did: given.getAll("did").map(didFrom).filter((each) => each !== null),
    study: under("study."),
  };
}

function sourceFrom([name, ways, shots, seed]) {
  return { name, ways: Number(ways), shots: Number(shots), seed: Number(seed) };
}

function didFrom(text) {
  const [op, ...values] = text.split(" ");
  if (op === "next-task") return values.length === 4 ? { op, message: { source: sourceFrom(values) } } : null;
  if (!(op in NUMBERS)) return null;
  return { op, message: Object.fromEntries(NUMBERS[op].map((name, i) => [name, Number(values[i])])) };
}
