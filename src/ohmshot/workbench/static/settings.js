// The settings of a chip and of the host that teaches it, as a form made from one list.

import { el } from "./dom.js";
import { percent } from "./words.js";

/**
 * @typedef {Record<string, any>} Settings as `ohmshot.workbench.settings.BenchSettings` takes them
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"choice"|"slider"|"number"} kind
 * @property {string} group
 * @property {(choices: any) => [string, string][]} [options] value and text of a choice
 * @property {[number, number, number]} [range] lowest, highest, step
 * @property {(settings: Settings, choices: any) => number|null} [standard] where nothing is set; null where it has no meaning
 * @property {(value: number) => string} [words]
 * @property {number} [none] the place of a slider that means none
 */

const BITS = /** @type {[number, number, number]} */ ([2, 13, 1]);
const bits = (value) => (value > 12 ? "ideal" : `${value} bits`);

/** @type {Field[]} */
const FIELDS = [
  {
    name: "technology", label: "Cells", kind: "choice", group: "Chip",
    options: (choices) => Object.entries(choices.technologies).map(([name, each]) => [name, each.title ?? name]),
  },
  { name: "seed", label: "Seed", kind: "number", group: "Chip", range: [0, 2147483647, 1] },
  {
    name: "read_noise", label: "Read noise", kind: "slider", group: "Chip", range: [0, 0.1, 0.0025],
    standard: (settings, choices) => choices.technologies[settings.technology].read_noise, words: (value) => percent(value, 2),
  },
  {
    name: "strategy", label: "Strategy", kind: "choice", group: "Programming",
    options: (choices) => Object.keys(choices.strategies).map((name) => [name, name]),
  },
  {
    name: "tolerance", label: "Window", kind: "slider", group: "Programming", range: [0.5, 12, 0.1],
    standard: (settings, choices) => choices.strategies[settings.strategy], words: (value) => `± ${value.toFixed(1)} µS`,
  },
  {
    name: "levels", label: "Levels", kind: "choice", group: "Programming",
    options: () => [["datasheet", "of the cells"], ["continuous", "continuous"], ...[2, 4, 8, 16, 32, 64].map((n) => [`${n}`, `${n}`])],
  },
  {
    name: "pair_policy", label: "Pairs", kind: "choice", group: "Programming",
    options: (choices) => choices.pair_policies.map((name) => [name, name]),
  },
  { name: "input_bits", label: "Input converter", kind: "slider", group: "Circuit", range: BITS, none: 13, words: bits },
  { name: "output_bits", label: "Output converter", kind: "slider", group: "Circuit", range: BITS, none: 13, words: bits },
  {
    name: "line_resistance_ohm", label: "Line resistance", kind: "slider", group: "Circuit", range: [0, 20, 0.25],
    words: (value) => `${value.toFixed(2)} Ω a cell`,
  },
  { name: "stuck", label: "Stuck cells", kind: "slider", group: "Faults", range: [0, 0.4, 0.005], words: (value) => percent(value, 1) },
  { name: "dead_rows", label: "Dead rows", kind: "slider", group: "Faults", range: [0, 16, 1], words: String },
  { name: "dead_columns", label: "Dead columns", kind: "slider", group: "Faults", range: [0, 32, 1], words: String },
];

/** Settings from texts, as a link has them; what is none is left out. @returns {Settings} */
export function settingsFrom(texts) {
  const found = {};
  for (const field of FIELDS) {
    if (field.name in texts) found[field.name] = valueFrom(field, texts[field.name]);
  }
  return found;
}

function valueFrom(field, text) {
  if (text === "none") return null;
  return field.kind === "choice" && !/^\d+$/.test(text) ? text : Number(text);
}

/** What differs from the defaults, as texts for a link. */
export function settingsAsTexts(settings, defaults) {
  return FIELDS.filter(({ name }) => name in settings && settings[name] !== defaults[name])
    .map(({ name }) => [name, settings[name] === null ? "none" : String(settings[name])]);
}

/** Half the window in which a cell is accepted, in uS; null where the strategy has none. */
export const toleranceOf = (settings, choices) =>
  choices.strategies[settings.strategy] === null ? null : settings.tolerance ?? choices.strategies[settings.strategy];

export class SettingsForm {
  /**
   * @param {HTMLElement} element
   * @param {any} choices what the server offers
   * @param {(name: string, value: any) => void} changed told at every move of a slider
   */
  constructor(element, choices, changed) {
    this.choices = choices;
    this.changed = changed;
    this.inputs = new Map();
    const groups = [...new Set(FIELDS.map((each) => each.group))];
    element.replaceChildren(...groups.map((group) => this.group(group)));
    element.addEventListener("submit", (event) => event.preventDefault());
  }

  group(group) {
    const fields = FIELDS.filter((each) => each.group === group);
    return el("fieldset", {}, el("legend", { text: group }), ...fields.map((field) => this.row(field)));
  }

  row(field) {
    const input = field.kind === "choice"
      ? el("select", { name: field.name }, ...field.options(this.choices).map(([value, text]) => new Option(text, value)))
      : this.input(field);
    const output = field.kind === "slider" ? el("output") : null;
    this.inputs.set(field.name, { field, input, output });
    input.addEventListener(field.kind === "slider" ? "input" : "change", () => this.moved(field, input));
    if (output) return el("label", { class: "slider" }, field.label, output, input);
    return el("label", { class: "choice" }, field.label, input);
  }

  input({ name, kind, range: [min, max, step] }) {
    return el("input", { name, type: kind === "slider" ? "range" : "number", min, max, step });
  }

  moved(field, input) {
    if (!input.checkValidity()) return;
    const value = valueFrom(field, input.value);
    this.changed(field.name, field.none === value ? null : value);
  }

  /** @param {Settings} settings */
  show(settings) {
    for (const { field, input, output } of this.inputs.values()) {
      const standard = field.standard?.(settings, this.choices);
      const set = settings[field.name];
      const value = set ?? field.none ?? standard;
      input.disabled = field.standard !== undefined && standard === null;
      input.value = String(value ?? field.range?.[0]);
      if (output) {
        const usual = set == null && field.standard ? " (usual)" : "";
        output.textContent = input.disabled ? "none" : `${field.words(value)}${usual}`;
        input.setAttribute("aria-valuetext", output.textContent);
      }
    }
  }
}
