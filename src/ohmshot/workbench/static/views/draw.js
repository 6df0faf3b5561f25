// Teach, step 1: examples by hand, from pictures, from the camera, from a source, from a file.

import { photograph } from "../camera.js";
import { $ } from "../dom.js";
import { save } from "../files.js";
import { Pad } from "../pad.js";
import { attempt, busy, say } from "../say.js";
import {
  blankTask, drawn, examplesOf, fromText, MOST_EXAMPLES, MOST_SYMBOLS, toFile, withExample, withSymbol,
} from "../task.js";
import { many } from "../words.js";
import { SymbolList } from "./symbols.js";

const SEEDS = 1e6; // of sources: each press takes other examples

/** @param {{connection: any, store: any, undo: any}} page */
export function drawPart({ connection, store, undo }) {
  const pad = new Pad($("pad"), { drawn: showHint, lifted: showHint, entered: () => busy($("keep"), keepDrawing), said: padSaid });
  const list = new SymbolList({ store, undo, chosen: showChosen, dropped: takeFiles });

  function showHint() {
    $("pad-hint").hidden = !pad.empty || Boolean(pad.stroke);
  }

  function showChosen(index) {
    $("pad-for").textContent = store.state.task.classes[index]?.name ?? "a new symbol";
  }

  /** The next symbol that lacks a drawing, once this one is full. */
  function goOn(index) {
    const { classes } = store.state.task;
    if (classes[index].examples.length < MOST_EXAMPLES) return;
    const next = classes.findIndex((each) => each.examples.length < MOST_EXAMPLES);
    if (next >= 0) list.choose(next);
  }

  /** @returns {boolean} whether there was room */
  function add(index, example) {
    const { task } = store.state;
    if (!drawn(task)) {
      say("These are signals; a drawing does not go with them. Start anew to draw.", "bad");
      return false;
    }
    const into = task.classes[index];
    if (!into) {
      say("Add a symbol first.", "bad");
      return false;
    }
    if (into.examples.length >= MOST_EXAMPLES) {
      say(`“${into.name}” has ${MOST_EXAMPLES} drawings already. Take one back, or choose another symbol.`, "bad");
      return false;
    }
    undo.before("a drawing");
    store.set({ task: withExample(task, index, example) });
    goOn(index);
    return true;
  }

  async function keepDrawing() {
    if (pad.empty) return say("The pad is empty. Draw on it first.", "bad");
    const index = list.at;
    const example = await connection.picture(await pad.picture(), "The drawing");
    if (add(index, example)) {
      pad.clear();
      showHint();
    }
    return undefined;
  }

  /** Pictures as examples of a symbol, one after another; a file of drawings is opened instead. */
  async function takeFiles(index, files) {
    for (const file of files) {
      if (file.name.endsWith(".json")) return openDrawings(file);
      const example = await attempt(() => connection.picture(file, file.name));
      if (example && !add(index, example)) return undefined;
    }
    return undefined;
  }

  async function openDrawings(file) {
    try {
      const task = fromText(await file.text());
      undo.before("the drawings");
      store.set({ task });
      say(`${many(examplesOf(task).length, "drawing")} of ${many(task.classes.length, "symbol")} opened.`);
    } catch (error) {
      say(error.message, "bad");
    }
  }

  async function takeExamples() {
    const wanted = {
      name: $("source").value, ways: Number($("ways").value), shots: Number($("shots").value),
      seed: Math.floor(Math.random() * SEEDS),
    };
    undo.before("the drawings");
    store.set({ task: await taskFrom(connection, wanted) });
    say(`${many(store.state.task.classes.length, "symbol")} from ${wanted.name}. Press Learn.`);
  }

  $("keep").addEventListener("click", () => busy($("keep"), keepDrawing));
  $("clear").addEventListener("click", () => {
    pad.clear();
    showHint();
  });
  $("stroke-back").addEventListener("click", () => pad.back());
  $("take").addEventListener("click", async () => {
    const picture = await photograph();
    const example = picture && (await attempt(() => connection.picture(picture, "The picture")));
    if (example && add(list.at, example)) say("Kept what the network sees of it.");
  });
  $("files").addEventListener("change", async (event) => {
    await takeFiles(list.at, event.target.files);
    event.target.value = "";
  });
  $("add").addEventListener("click", () => {
    if (store.state.task.classes.length >= MOST_SYMBOLS) return say(`${MOST_SYMBOLS} symbols are the most.`, "bad");
    undo.before("a symbol");
    store.set({ task: withSymbol(store.state.task) });
    return list.choose(store.state.task.classes.length - 1);
  });
  $("save-drawings").addEventListener("click", () => save(toFile(store.state.task)));
  $("open-drawings").addEventListener("change", async (event) => {
    if (event.target.files[0]) await openDrawings(event.target.files[0]);
    event.target.value = "";
  });
  $("start-anew").addEventListener("click", () => {
    undo.before("the drawings");
    store.set({ task: blankTask() });
    say("Everything is blank. Undo brings the drawings back.");
  });
  $("examples").addEventListener("submit", (event) => {
    event.preventDefault();
    busy($("fetch"), takeExamples);
  });
  $("source-stop").addEventListener("click", () => attempt(() => connection.ask("source-stop", { name: $("source").value })));
  $("draw-card").addEventListener("dragover", (event) => event.preventDefault());
  $("draw-card").addEventListener("drop", (event) => {
    event.preventDefault();
    takeFiles(list.at, event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (store.state.view === "teach" && event.clipboardData.files.length) takeFiles(list.at, event.clipboardData.files);
  });
  store.watch(["task"], ({ task }) => {
    $("draw-count").textContent = `${many(task.classes.length, "symbol")}, ${many(examplesOf(task).length, "drawing")}`;
  });
  return { redraw: () => pad.draw(), takeExamples: () => busy($("fetch"), takeExamples) };
}

/** What a pen of the keyboard does, for a screen reader alone. */
export function padSaid(text) {
  $("pad-said").textContent = text;
}

const AGAIN_AFTER = 500; // ms between two looks at an initialisation that is still being made

/**
 * Draw a task from a source. For the signals of people the server first makes an initialisation, which takes a while.
 * @param {import("../task.js").Source} source
 * @returns {Promise<import("../task.js").Task>}
 */
export async function taskFrom(connection, source) {
  let told = await connection.ask("source", source);
  try {
    while (told.preparing) {
      showPreparing(source.name, told.preparing);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      told = await connection.ask("source", source);
    }
  } finally {
    $("source-stop").hidden = true;
  }
  const { bundle, classes } = told;
  return { bundle, classes: classes.map((each) => ({ ...each, name: shortName(each.name, source.name) })), source };
}

function showPreparing(name, { done, of }) {
  $("source-stop").hidden = false;
  say(`Learning an initialisation for ${name}${of ? `: ${done} of ${of} steps` : " …"}`);
}

/** "Angelic character06" as "Angelic 06", so that it fits beside a bar. */
function shortName(name, source) {
  const short = name.replace(/\bcharacter ?(?=\d)/, "");
  return short.startsWith(`${source} `) ? short.slice(source.length + 1) : short;
}
