// Teach, step 2: learn, and play the recorded pulses back on the map.

import { AccuracyChart } from "../charts/accuracy.js";
import { judgedOf } from "../bench.js";
import { $, el, icon } from "../dom.js";
import { ChipMap } from "../map.js";
import { busy, say } from "../say.js";
import { filled } from "../task.js";
import { count, energy, many, percent } from "../words.js";

const sameClasses = (some, others) => some.length === others.length && some.every((each, i) => each === others[i]);
const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {{store: any, bench: any, openCell: (cell: number) => void}} page */
export function learnPart({ store, bench, openCell }) {
  const map = new ChipMap($("map"), { label: "Map of the chip", onPick: openCell });
  const accuracy = new AccuracyChart($("accuracy"));
  let playback = null;

  async function learn() {
    const chip = await bench.learn();
    if ($("animate").checked) chip.playback.play();
    const { right, of } = chip.first;
    say([`Learned in ${chip.steps.length - 1} updates: ${right} of ${of} right.`, ...chip.remarks].join(" "));
  }

  /** Follow the playback of a chip that was just taught. */
  function follow(chip) {
    playback?.pause();
    playback = chip?.playback ?? null;
    for (const id of ["play", "one-round", "one-update", "to-start", "position"]) $(id).disabled = !playback;
    $("map-blank").hidden = Boolean(chip);
    $("map").hidden = $("beside").hidden = !chip;
    if (!chip) return;
    map.at = chip;
    if (!playback) {
      showWithoutFilm(chip);
      return;
    }
    playback.speed = speed();
    $("position").max = String(playback.length);
    playback.addEventListener("moved", showMoment);
    playback.addEventListener("started", showPlay);
    playback.addEventListener("paused", showPlay);
    rows(chip.steps);
    showMoment();
  }

  /** A chip that learned before the page was loaded anew: its state, without the way there. */
  function showWithoutFilm(chip) {
    map.show(chip.layout, chip.cells);
    map.light();
    $("moment").textContent = "The pulses of this chip's learning are not kept. Learn again to see them.";
    accuracy.wait("");
    $("steps").replaceChildren();
    const { right, of } = judgedOf(chip);
    figures({ right: percent(right / of), sub: `${right} of ${of}`, cells: "–", pulses: count(chip.meter.pulses), joules: energy(chip.meter.joules) });
  }

  function showPlay() {
    const playing = playback.playing;
    $("play").replaceChildren(icon(playing ? "pause" : "play"));
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    $("play").title = playing ? "Pause" : "Play";
  }

  function showMoment() {
    const { chip } = store.state;
    const { cells, set, reset, last, updatesDone } = playback.scene();
    map.lit = { set: new Set(set), reset: new Set(reset) };
    map.show(chip.layout, { ...cells, pulses: chip.cells.pulses });
    $("position").value = String(playback.position);
    $("moment").textContent = momentWords(last, updatesDone);
    $("position").setAttribute("aria-valuetext", $("moment").textContent);
    showCounts(chip.steps, updatesDone);
  }

  function momentWords(last, updatesDone) {
    if (!last && updatesDone) return "Learned; no cell needed a pulse.";
    if (!last) return "Formed and initialised; nothing learned yet.";
    if (last.update === updatesDone) return `Update ${updatesDone} done: ${count(playback.steps[updatesDone].changed)} cells got a new target.`;
    return `Update ${last.update}, round ${last.round} of ${last.rounds}: ${many(last.pulses, "pulse")}.`;
  }

  function showCounts(steps, updatesDone) {
    const { pulses, joules, cells } = playback.counts();
    const { right, of } = judgedOf(steps[updatesDone]);
    const what = steps[updatesDone].query ? "further examples" : "own drawings";
    figures({ right: percent(right / of), sub: `${right} of ${of} ${what}`, cells: count(cells), pulses: count(pulses), joules: energy(joules) });
    const judged = steps.map(judgedOf);
    accuracy.update({ chip: judged, exact: steps.map((each) => each.exact), done: updatesDone });
    for (const [i, row] of [...$("steps").children].entries()) row.classList.toggle("later", i > updatesDone);
  }

  function figures({ right, sub, cells, pulses, joules }) {
    $("f-right").textContent = right;
    $("f-right-sub").textContent = sub;
    $("f-cells").textContent = cells;
    $("f-cells-sub").textContent = store.state.chip ? `of ${count(store.state.chip.layout.rows * store.state.chip.layout.columns)}` : "";
    $("f-pulses").textContent = pulses;
    $("f-energy").textContent = joules;
  }

  function rows(steps) {
    $("steps").replaceChildren(...steps.map((step) => {
      const right = judgedOf(step);
      const texts = [
        step.number || "before", `${right.right}/${right.of}`, `${step.exact.right}/${step.exact.of}`,
        count(step.changed), count(step.cost.pulses), (1e9 * step.cost.joules).toFixed(1),
      ];
      return el("tr", {}, ...texts.map((text) => el("td", { text })));
    }));
  }

  /** The slider goes in octaves: 1 to 128 rounds a second. */
  const speed = () => 2 ** Number($("speed").value);

  $("animate").checked = !CALM;
  $("learn").addEventListener("click", () => busy($("learn"), learn));
  for (const button of document.querySelectorAll("[data-learn]")) {
    button.addEventListener("click", () => busy(button, learn));
  }
  $("play").addEventListener("click", () => (playback.playing ? playback.pause() : playback.play()));
  $("to-start").addEventListener("click", () => {
    playback.pause();
    playback.to(0);
  });
  $("one-round").addEventListener("click", () => playback.oneRound());
  $("one-update").addEventListener("click", () => playback.oneUpdate());
  $("position").addEventListener("input", () => {
    playback.pause();
    playback.to(Number($("position").value));
  });
  $("speed").addEventListener("input", () => { if (playback) playback.speed = speed(); });
  $("shade").addEventListener("change", () => map.paint($("shade").value));

  let shown = null;
  store.watch(["chip"], ({ chip }) => {
    const same = chip && shown && chip.steps && chip.steps === shown.steps;
    shown = chip;
    if (same && chip.history.length) return showAged(chip);
    return follow(chip);
  });
  store.watch(["task", "settings", "chip"], ({ task, settings, chip }) => {
    const changed = chip && (settings !== chip.settings || !sameClasses(filled(task), chip.task.classes));
    $("learn").lastElementChild.textContent = chip ? "Learn again" : "Learn";
    $("chip-line").textContent = changed ? "changed since it learned" : chipWords(chip);
  });

  /** What time did to it is seen here too; the film stays what it was. */
  function showAged(chip) {
    playback?.pause();
    map.lit = { set: new Set(), reset: new Set() };
    map.show(chip.layout, chip.cells);
    $("moment").textContent = `Since it learned: ${chip.history.join("; ")}.`;
    const { right, of } = judgedOf(chip);
    $("f-right").textContent = percent(right / of);
    $("f-right-sub").textContent = `${right} of ${of} now`;
  }

  function chipWords(chip) {
    if (!chip) return "";
    const { rows: high, columns, arrays } = chip.layout;
    const size = `${high} × ${columns / arrays} cells`;
    return arrays > 1 ? `${arrays} arrays of ${size}` : size;
  }

  return { redraw: () => map.draw(), start: () => busy($("learn"), learn) };
}
