// The page from its start: what all views share, the way to the server, the link, undo, the tour.

import { Bench } from "./bench.js";
import { followCommands } from "./command.js";
import { Connection } from "./connection.js";
import { $ } from "./dom.js";
import { copy } from "./files.js";
import { fromFragment, toFragment } from "./link.js";
import { settled } from "./live.js";
import { attempt, say } from "./say.js";
import { createStore, Undo } from "./store.js";
import { followTabs, showTab, VIEWS } from "./tabs.js";
import { blankTask, examplesOf, keep, kept } from "./task.js";
import { followTheme } from "./theme.js";
import { followTour, isNew, remember } from "./tour.js";
import { askPart } from "./views/ask.js";
import { drawPart, taskFrom } from "./views/draw.js";
import { engineerView } from "./views/engineer.js";
import { learnPart } from "./views/learn.js";
import { studyView } from "./views/study.js";
import { timeView } from "./views/time.js";

const LINK_AFTER = 150; // ms after the last change

const connection = new Connection();
const store = createStore({
  view: "teach",
  task: kept() ?? blankTask(),
  settings: {},
  beside: null,
  bake: { hours: 12, celsius: 150 },
  study: {},
  hello: null,
  chip: null,
  did: [],
});
const undo = new Undo(store, ["task", "settings", "beside"]);
const bench = new Bench(connection, store);
const page = { connection, store, undo, bench };

/** Parts that draw by hand, and do so anew when the theme or the view changes. */
const parts = [];
const redraw = () => requestAnimationFrame(() => parts.forEach((each) => each?.redraw?.()));

function openView(view) {
  store.set({ view: VIEWS.includes(view) ? view : "teach" });
}

followTabs(openView);
followTheme(redraw);
store.watch(["view"], ({ view }) => {
  showTab(view);
  redraw();
});
followTour(store);
$("welcome-tour").addEventListener("click", () => $("tour-start").click());
$("welcome-close").addEventListener("click", () => {
  $("welcome").hidden = true;
  remember();
});
store.watch(["view", "chip"], ({ view, chip }) => { if (chip || view !== "teach") $("welcome").hidden = true; });

let engineer = null;
const drawing = drawPart(page);
const learning = learnPart({ ...page, openCell: (cell) => openPulses(cell) });
parts.push(drawing, learning, askPart(page), timeView(page));
$("welcome-examples").addEventListener("click", async () => {
  await drawing.takeExamples();
  learning.start();
});
for (const button of document.querySelectorAll("[data-examples]")) button.addEventListener("click", drawing.takeExamples);

/** A cell of the taught chip: its pulses stand in the Engineer view. */
function openPulses(cell) {
  openView("engineer");
  engineer?.openCell("a", cell);
  $("train-card").scrollIntoView({ block: "nearest" });
}

store.watch(["task"], ({ task }) => {
  if (!keep(task)) say("This browser keeps nothing: the drawings are gone when the page is closed. Save them as a file.", "bad");
});

$("undo-page").addEventListener("click", takeBack);
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=range]), textarea");
  if (typing || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault();
  takeBack();
});

/** In the Time view the chip goes back by one change; elsewhere the page does. */
function takeBack() {
  if (store.state.view === "time" && store.state.chip?.history.length) return $("undo").click();
  const what = undo.back();
  return say(what ? `Taken back: ${what}.` : "There is nothing to undo here.");
}

$("word-close").addEventListener("click", () => say(""));
$("share").addEventListener("click", async () => {
  writeLink();
  const { task } = store.state;
  const own = !task.source && examplesOf(task).length > 0;
  const rest = own ? " Drawings of your own are not in it: save them as a file and send that too." : "";
  const done = await copy(location.href);
  say(done ? `The link is copied.${rest}` : `The link stands in the address bar.${rest}`);
});

function writeLink() {
  const { hello } = store.state;
  if (!hello) return;
  const fragment = toFragment({ ...store.state, defaults: hello.choices.defaults });
  if (location.hash !== `#${fragment}`) history.replaceState(null, "", `#${fragment}`);
}

/** Put the page into the state that its address names. */
async function followLink() {
  const { hello } = store.state;
  const wanted = fromFragment(location.hash, hello.choices.defaults);
  const { view, settings, beside, bake, study } = wanted;
  store.set({ settings, beside, bake, study });
  const here = store.state.task.source;
  const source = wanted.source;
  if (source && JSON.stringify(source) !== JSON.stringify(here)) store.set({ task: await taskFrom(connection, source) });
  if (wanted.learned && hello.chip === "sim" && examplesOf(store.state.task).length) await relive(wanted.did);
  else if (hello.state) bench.found(hello.state, store.state.task);
  if (view) openView(view);
}

/** Learn again and do again what was done: the same seed gives the same chip. */
async function relive(did) {
  await bench.learn();
  for (const { op, message } of did) {
    if (op === "next-task") await bench.nextTask(await taskFrom(connection, message.source));
    else await bench.change(op, message);
  }
}

/** What the page needs of the server before the views can be filled. */
function greet(hello) {
  const { choices, sources, chip } = hello;
  store.set({ hello, settings: choices.defaults });
  $("source").replaceChildren(...sources.map(({ name }) => new Option(name, name)));
  $("source").value = sources.some(({ name }) => name === "invented") ? "invented" : sources[0].name;
  $("next-source").replaceChildren(
    ...sources.filter((each) => each.bundle === "characters").map(({ name }) => new Option(name, name)));
  $("next-source").value = $("source").value;
  document.documentElement.dataset.chip = chip;
}

connection.addEventListener("lost", () => { $("lost").hidden = false; });
connection.addEventListener("back", async (event) => {
  $("lost").hidden = true;
  if (event.detail.resumed) return say("The server is back. Nothing was lost.");
  if (!store.state.chip || event.detail.chip !== "sim") {
    store.set({ chip: null, did: [] });
    return say("The server is back. Your drawings are still here; press Learn.");
  }
  await attempt(() => relive(store.state.did));
  return say("The server was started again. The chip has learned your drawings anew and is as it was.");
});
addEventListener("hashchange", () => attempt(followLink));

async function start() {
  const hello = await connection.open();
  greet(hello);
  engineer = engineerView(page);
  parts.push(engineer);
  await followLink();
  studyView(page);
  followCommands(page);
  store.watch(["view", "did", "chip"], writeLink);
  store.watch(["task", "settings", "beside", "bake", "study"], settled(writeLink, LINK_AFTER));
  document.documentElement.dataset.ready = "yes";
  $("welcome").hidden = !isNew() || store.state.chip !== null || store.state.view !== "teach";
}

attempt(start);
