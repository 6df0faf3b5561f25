// The Engineer view: two chips by their settings, taught the same drawings at every move of a slider.

import { judgedOf } from "../bench.js";
import { levelsFrom, offTarget, ProbabilityChart } from "../charts/levels.js";
import { showEnergy } from "../charts/energy.js";
import { TrainChart } from "../charts/train.js";
import { $, el } from "../dom.js";
import { latest } from "../live.js";
import { cellsFrom, ChipMap, layoutFrom, unpacked } from "../map.js";
import { attempt, say } from "../say.js";
import { SettingsForm, toleranceOf } from "../settings.js";
import { asMessage, filled, FEWEST_SYMBOLS } from "../task.js";
import { count, duration, energy } from "../words.js";

const ONE_CHANGE = 900; // ms: moves of one slider within it are taken back together

/** @param {{connection: any, store: any, undo: any}} page */
export function engineerView({ connection, store, undo }) {
  const maps = {
    a: new ChipMap($("map-a"), { label: "Map of chip A", onPick: (cell) => openCell("a", cell) }),
    b: new ChipMap($("map-b"), { label: "Map of chip B", onPick: (cell) => openCell("b", cell) }),
  };
  const probability = new ProbabilityChart($("probit"));
  const train = new TrainChart($("train"));
  /** What each chip did, by its letter. */
  const taught = { a: null, b: null };
  const form = new SettingsForm($("settings"), store.state.hello.choices, change);
  let last = { name: "", at: 0 };

  const which = () => document.querySelector("[name=which]:checked").value;
  const settingsOf = (letter) => (letter === "a" ? store.state.settings : store.state.beside);

  function change(name, value) {
    const now = performance.now();
    if (name !== last.name || now - last.at > ONE_CHANGE) undo.before("a setting");
    last = { name, at: now };
    const letter = which();
    const changed = { ...settingsOf(letter), [name]: value };
    if (name === "technology") changed.read_noise = null;
    if (name === "strategy") changed.tolerance = null;
    put(letter, changed);
  }

  function put(letter, settings) {
    store.set(letter === "a" ? { settings } : { beside: settings });
  }

  /** Teach a chip by its settings; the newest settings are answered, those in between left out. */
  const teach = Object.fromEntries(["a", "b"].map((letter) => [letter, latest(async () => {
    const settings = settingsOf(letter);
    if (!settings || filled(store.state.task).length < FEWEST_SYMBOLS) {
      taught[letter] = null;
      return show();
    }
    const begun = performance.now();
    const told = await attempt(() => connection.ask("compare", { settings, task: asMessage(store.state.task) }));
    if (!told) return undefined;
    taught[letter] = {
      settings, told, layout: layoutFrom(told.layout), cells: cellsFrom(told.cells), levels: levelsFrom(told.levels),
      highest: told.layout.window[1],
    };
    show();
    $("answered").textContent = `Taught and drawn in ${Math.round(performance.now() - begun)} ms.`;
    $("answered").dataset.done = String(Number($("answered").dataset.done ?? 0) + 1);
    return undefined;
  })]));

  function show() {
    const shown = ["a", "b"].filter((letter) => taught[letter]);
    $("engineer-none").hidden = filled(store.state.task).length >= FEWEST_SYMBOLS;
    for (const letter of ["a", "b"]) {
      const chip = taught[letter];
      $(`map-${letter}`).hidden = !chip;
      $(`${letter}-line`).textContent = chip ? lineOf(chip) : "";
      if (chip) maps[letter].show(chip.layout, chip.cells);
    }
    $("pair").classList.toggle("single", !store.state.beside);
    $("b-add").hidden = Boolean(store.state.beside) || !taught.a;
    versus(shown);
    if (shown.length) probability.update(shown.map((letter) => taught[letter]));
    else probability.wait("");
    if (taught.a) showEnergy($("energy"), byOperation(taught.a.told.steps));
  }

  function lineOf({ settings }) {
    return `${settings.technology}, ${settings.strategy}, seed ${settings.seed}`;
  }

  function versus(shown) {
    const found = shown.map((letter) => numbersOf(taught[letter]));
    $("versus").replaceChildren(
      el("thead", {}, el("tr", {}, el("td"), ...shown.map((letter) => el("th", { scope: "col", text: `Chip ${letter.toUpperCase()}` })))),
      el("tbody", {}, ...(found[0] ?? []).map(([name], i) => el("tr", {}, el("th", { scope: "row", text: name }),
        ...found.map((numbers) => el("td", { text: numbers[i][1] }))))),
    );
  }

  function numbersOf({ told, layout, cells }) {
    const end = judgedOf(told.steps.at(-1));
    const updates = told.steps.slice(1);
    const sum = (of) => updates.reduce((total, step) => total + of(step), 0);
    return [
      ["right", `${end.right} of ${end.of}`],
      ["new targets", count(sum((step) => step.changed))],
      ["pulses of the updates", count(sum((step) => step.cost.pulses))],
      ["energy of the updates", energy(sum((step) => step.cost.joules))],
      ["time of the updates", duration(sum((step) => step.cost.seconds))],
      ["off target, rms", `${offTarget(layout, cells).toFixed(2)} µS`],
      ["writes that missed", count(sum((step) => step.missed))],
    ];
  }

  function byOperation(steps) {
    const found = {};
    for (const step of steps.slice(1)) {
      for (const [name, joules] of Object.entries(step.cost.by_operation)) found[name] = (found[name] ?? 0) + joules;
    }
    return found;
  }

  async function openCell(letter, cell) {
    const settings = settingsOf(letter);
    const told = await attempt(() => connection.ask("cell", { settings, task: asMessage(store.state.task), cell }));
    if (!told) return;
    const targets = told.targets.map((each) => unpacked(each, Float32Array)[cell]);
    const pulses = told.trains.flatMap((rounds, update) => rounds.map((each) => ({ ...each, update, target: targets[update] })));
    for (const each of ["a", "b"]) maps[each].choose(each === letter ? cell : -1);
    $("train-of").textContent = `chip ${letter.toUpperCase()}, cell ${cell}`;
    const tolerance = told.tolerance ?? toleranceOf(settings, store.state.hello.choices);
    $("train-hint").textContent = pulses.length
      ? "Above the pulses, below what the cell read after each; green is the window that it has to reach."
      : "This cell got no pulse.";
    if (pulses.length) train.update({ pulses, tolerance, highest: taught[letter].highest });
    else train.wait("");
    maps[letter].words.textContent = taught[letter] ? maps[letter].about(cell) : "";
  }

  function begin(letter) {
    if (letter === "b" && !store.state.beside) put("b", { ...store.state.settings });
    form.show(settingsOf(letter));
  }

  for (const radio of document.querySelectorAll("[name=which]")) {
    radio.addEventListener("change", () => begin(which()));
  }
  $("b-add").addEventListener("click", () => {
    document.querySelector("[name=which][value=b]").checked = true;
    begin("b");
    say("Settings now change chip B; A stays as it is.");
  });
  $("settings-default").addEventListener("click", () => {
    undo.before("the settings");
    put(which(), store.state.hello.choices.defaults);
  });
  $("settings-same").addEventListener("click", () => {
    undo.before("the settings");
    const letter = which();
    put(letter, { ...(settingsOf(letter === "a" ? "b" : "a") ?? store.state.settings) });
  });
  $("engineer-shade").addEventListener("change", () => {
    for (const map of Object.values(maps)) map.paint($("engineer-shade").value);
  });
  const visible = () => store.state.view === "engineer";
  store.watch(["settings", "task", "view"], () => { if (visible()) teach.a(); });
  store.watch(["beside", "task", "view"], () => { if (visible()) teach.b(); });
  store.watch(["settings", "beside"], () => form.show(settingsOf(which()) ?? store.state.settings));
  return {
    openCell,
    redraw: () => {
      for (const map of Object.values(maps)) map.draw();
      probability.draw();
    },
  };
}
