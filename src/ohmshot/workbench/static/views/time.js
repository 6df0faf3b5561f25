// The Time view: look ahead at a bake, bake, read again, mend, use on, break, and take it all back.

import { judgedOf } from "../bench.js";
import { LevelsChart, levelsFrom, offTarget } from "../charts/levels.js";
import { $, el } from "../dom.js";
import { AskedExamples } from "../examples.js";
import { latest } from "../live.js";
import { ChipMap, unpacked } from "../map.js";
import { attempt, busy, say } from "../say.js";
import { queriesOf } from "../task.js";
import { count, duration, energy, hours, many, percent } from "../words.js";
import { taskFrom } from "./draw.js";

/** @param {{connection: any, store: any, bench: any}} page */
export function timeView({ connection, store, bench }) {
  const map = new ChipMap($("time-map"), { label: "Map of the chip", onPick: chooseRow, choosing: "to break its row" });
  const levels = new LevelsChart($("time-levels"));
  const asked = new AskedExamples($("time-asked"), () => {});

  function chooseRow(cell) {
    const row = Math.floor(cell / store.state.chip.layout.columns);
    $("break-row").value = String(row);
    say(`Row ${row} is chosen to be broken.`);
  }

  /** The slider goes by powers of ten. */
  const given = () => ({ hours: Number((10 ** Number($("hours").value)).toPrecision(3)), celsius: Number($("celsius").value) });

  const lookAhead = latest(async () => {
    const { bake, chip } = store.state;
    await attempt(async () => {
      if (!chip) return showEqual((await connection.ask("equivalent", bake)).equivalent_hours);
      const ahead = await connection.ask("preview", bake);
      showEqual(ahead.equivalent_hours);
      const then = judgedOf(ahead);
      $("ahead").textContent = `Afterwards ${then.right} of ${then.of} would be right; the picture shows it.`;
      const cells = { ...store.state.chip.cells, conductance: unpacked(ahead.conductance, Float32Array) };
      return show(store.state.chip, cells, levelsFrom(ahead.levels), then, true);
    });
  });

  const justEqual = latest(async () => {
    await attempt(async () => showEqual((await connection.ask("equivalent", store.state.bake)).equivalent_hours));
  });

  function showEqual(value) {
    $("equal").textContent = hours(value);
  }

  function showSliders({ bake }) {
    $("hours").value = String(Math.log10(bake.hours));
    $("celsius").value = String(bake.celsius);
    $("hours-out").textContent = hours(bake.hours);
    $("celsius-out").textContent = `${bake.celsius} °C`;
    $("hours").setAttribute("aria-valuetext", hours(bake.hours));
    $("celsius").setAttribute("aria-valuetext", `${bake.celsius} degrees Celsius`);
  }

  /** Show cells and answers, of now or of a bake that is only looked at. */
  function show(chip, cells, spread, judged, ahead) {
    $("time-state").textContent = ahead ? "after the bake" : "now";
    $("time-state").dataset.kind = ahead ? "ahead" : "now";
    $("levels-now").textContent = ahead ? "after the bake" : "now";
    map.show(chip.layout, cells);
    levels.update(chip.layout.window[1], spread, chip.freshLevels);
    $("t-right").textContent = percent(judged.right / judged.of);
    $("t-right-sub").textContent = `${judged.right} of ${judged.of}; ${percent(chip.first.right / chip.first.of)} just learned`;
    $("t-error").textContent = `${offTarget(chip.layout, cells).toFixed(1)} µS`;
    $("t-error-sub").textContent = `rms; ${chip.freshError.toFixed(1)} µS just learned`;
    if (chip.query) asked.show(chip.task, chip.names, judged.answers, chip.first.answers);
    const changed = judged.answers.filter((each, i) => each !== chip.first.answers[i]).length;
    const what = chip.query ? "answers to further examples" : "answers to its own drawings";
    $("changed-line").textContent = `${count(changed)} of ${count(judged.of)} ${what} changed.`;
  }

  function showNow({ chip }) {
    $("time-none").hidden = Boolean(chip);
    for (const id of ["time-map", "time-levels", "time-asked"]) $(id).hidden = !chip;
    for (const id of ["bake", "look", "repair", "retest", "next-task", "wear", "break"]) $(id).disabled = !chip;
    $("undo").disabled = $("undo-all").disabled = !chip?.undoable;
    $("history").replaceChildren(
      ...(chip ? ["learned", ...chip.history] : ["blank"]).map((text) => el("li", {}, el("span", { text }))));
    if (!chip) return;
    $("time-asked").hidden = !queriesOf(chip.task).length;
    $("break-row").max = String(chip.layout.rows - 1);
    $("meter").textContent = `In its life so far: ${many(chip.meter.pulses, "pulse")}, ${energy(chip.meter.joules)}, ${duration(chip.meter.seconds)} at work.`;
    $("ahead").textContent = "";
    show(chip, chip.cells, chip.levels, judgedOf(chip), false);
  }

  /** A number of cycles as a person writes it, with or without commas. */
  const cyclesGiven = () => Number($("wear-cycles").value.replace(/[,.' ]/g, ""));

  /** One press, one change of the chip, and a word about what it did. */
  function does(id, work, words = changeWords) {
    $(id).addEventListener("click", () => busy($(id), async () => {
      const before = judgedOf(store.state.chip).right;
      await work();
      say(words(judgedOf(store.state.chip), before));
    }));
  }

  function changeWords({ right, of }, before) {
    return `${right} of ${of} right, ${right === before ? "as before" : `${before} before`}.`;
  }

  does("bake", () => bench.change("bake", store.state.bake));
  does("look", () => bench.look());
  does("repair", () => bench.change("repair", { value: Number($("repair-share").value) / 100 }));
  does("retest", () => bench.change("retest"));
  does("wear", () => bench.change("wear", { value: cyclesGiven() }));
  does("break", () => bench.change("break-row", { value: Number($("break-row").value) }));
  does("undo", () => bench.undo());
  does("undo-all", () => bench.undoAll());
  does("next-task", async () => {
    const shots = Math.max(...store.state.chip.task.classes.map((each) => each.examples.length));
    const seed = Math.floor(Math.random() * 1e6);
    await bench.nextTask(await taskFrom(connection, { name: $("next-source").value, ways: store.state.chip.names.length, shots, seed }));
  }, ({ right, of }) => `${right} of ${of} of the new task right, on the same chip.`);
  for (const id of ["hours", "celsius"]) $(id).addEventListener("input", () => store.set({ bake: given() }));
  $("time-shade").addEventListener("change", () => map.paint($("time-shade").value));
  store.watch(["bake"], showSliders);
  store.watch(["chip"], showNow);
  let seen = store.state.bake;
  store.watch(["bake", "hello", "chip"], ({ bake, hello }) => {
    if (!hello) return;
    if (bake === seen) justEqual();
    else lookAhead();
    seen = bake;
  });
  return {
    redraw: () => {
      map.draw();
      levels.draw();
    },
  };
}
