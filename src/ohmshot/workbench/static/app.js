import { ChipMap, unpacked } from "/static/map.js";
const $ = (id) => document.getElementById(id), map = new ChipMap($("map")), pad = $("pad"), pen = pad.getContext("2d", { willReadFrequently: true });
const kept = () => { try { return JSON.parse(localStorage.getItem("ohmshot-drawings")); } catch { return null; } };
let task = kept() ?? { bundle: "characters", classes: ["anchor", "bolt", "fish", "house", "spiral"].map((name) => ({ name, examples: [], queries: [] })) };
let chosen = 0, session = null, socket = null, number = 0, learned = null, at = { step: 0, round: 0 }, playing = null, state = null;
const waiting = new Map(), say = (text) => { $("word").textContent = text; };

async function open() {
  const answer = await fetch("/api/session", { method: "POST" });
  if (!answer.ok) { say(await answer.text()); return null; }
  const hello = await answer.json();
  session = hello.session;
  if (hello.chip !== "sim") $("chip").textContent = `chip at ${hello.chip}`;
  $("source").replaceChildren(...hello.sources.map((each) => new Option(each.name, each.name)));
  $("source").value = "invented";
  await new Promise((resolve) => {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live?session=${session}`);
    socket.onopen = resolve;
    socket.onmessage = (event) => { const told = JSON.parse(event.data); waiting.get(told.id)?.(told); waiting.delete(told.id); };
    socket.onclose = (event) => {
      for (const done of waiting.values()) done({ error: "The connection broke. Your drawings are kept in this browser; try again." });
      waiting.clear(); socket = null;
      say(event.code === 4404 ? event.reason : "The server is gone. Your drawings are kept in this browser; start it again and press Learn.");
    };
  });
  for (const kind of ["drawings", "chip", "report", "bundle"]) $(`f-${kind}`).href = `/api/file/${kind}?session=${session}`;
  return hello;
}
async function ask(op, message = {}) {
  if (!socket && !(await open())) return null;
  const told = await new Promise((resolve) => { waiting.set(++number, resolve); socket.send(JSON.stringify({ id: number, op, ...message })); });
  if (told.error) { say(told.error); return null; }
  return told.ok;
}
function save() { try { localStorage.setItem("ohmshot-drawings", JSON.stringify(task)); } catch { say("This browser keeps no drawings: they are gone when the page is closed."); } classes(); }
function thumb(text) {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 28; canvas.setAttribute("aria-hidden", "true");
  const ink = unpacked(text, Uint8Array), image = new ImageData(28, 28);
  if (ink.length === 784) { ink.forEach((v, i) => image.data.set([255 - v, 255 - v, 255 - v, 255], 4 * i)); canvas.getContext("2d").putImageData(image, 0, 0); }
  return canvas;
}
function classes() {
  $("classes").replaceChildren(...task.classes.map((each, i) => {
    const row = document.createElement("div"), name = document.createElement("input"), remove = document.createElement("button");
    row.className = i === chosen ? "class on" : "class"; name.value = each.name; name.setAttribute("aria-label", `Name of symbol ${i + 1}, ${each.examples.length} drawings`);
    name.onfocus = () => { chosen = i; document.querySelectorAll(".class").forEach((r, j) => r.classList.toggle("on", j === i)); };
    name.onchange = () => { each.name = name.value; save(); };
    remove.textContent = "×"; remove.setAttribute("aria-label", `Take back the last drawing of ${each.name}`);
    remove.onclick = () => { each.examples.length ? each.examples.pop() : task.classes.splice(i, 1); save(); };
    row.append(name, ...each.examples.map(thumb), remove); return row;
  }));
}
function blank() { pen.fillStyle = "#fff"; pen.fillRect(0, 0, 280, 280); pen.lineWidth = 9; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#000"; }
async function drawing(blob, name) {
  if (!session && !(await open())) return null;
  const answer = await fetch(`/api/picture?session=${session}&name=${encodeURIComponent(name)}`, { method: "POST", body: blob });
  const told = await answer.json();
  if (told.error) { say(told.error); return null; }
  return told.example;
}
const padBlob = () => new Promise((resolve) => pad.toBlob(resolve, "image/png"));
function keep(example) {
  const into = task.classes[chosen] ?? task.classes[0];
  if (!into) return say("Add a symbol first.");
  if (into.examples.length >= 5) return say(`'${into.name}' has five drawings already.`);
  into.examples.push(example); say(`Kept as drawing ${into.examples.length} of '${into.name}'.`); save();
}
let asking = false, again = false;
async function guess() {
  if (!learned) return; if (asking) { again = true; return; }
  asking = true;
  const example = await drawing(await padBlob(), "The drawing"), told = example && await ask("ask", { example });
  if (told) bars(told);
  asking = false; if (again) { again = false; guess(); }
}
function bars(told) {
  $("bars").replaceChildren(...told.shares.map((share, i) => {
    const row = document.createElement("div"), name = document.createElement("span"), bar = document.createElement("progress"), value = document.createElement("span");
    row.className = "bar"; name.textContent = learned.names[i]; bar.value = share; bar.setAttribute("aria-label", learned.names[i]); value.textContent = `${Math.round(100 * share)} %`;
    row.append(name, bar, value); return row;
  }));
  $("bars").dataset.best = learned.names[told.best];
  if (told.known === false) say("I do not know this one.");
}
let down = null, cursor = [140, 140], lowered = false;
const point = (event) => { const box = pad.getBoundingClientRect(); return [((event.clientX - box.left) / box.width) * 280, ((event.clientY - box.top) / box.height) * 280]; };
const stroke = (a, b) => { pen.beginPath(); pen.moveTo(...a); pen.lineTo(...b); pen.stroke(); };
pad.onpointerdown = (event) => { pad.setPointerCapture(event.pointerId); down = point(event); stroke(down, down); };
pad.onpointermove = (event) => { if (down) { const to = point(event); stroke(down, to); down = to; } };
pad.onpointerup = pad.onpointercancel = () => { if (down) { down = null; guess(); } };
pad.onkeydown = (event) => {
  const move = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[event.key];
  if (event.key === " ") { lowered = !lowered; event.preventDefault(); say(lowered ? "pen down" : "pen up"); if (!lowered) guess(); }
  if (!move) return;
  event.preventDefault();
  const to = cursor.map((v, i) => Math.max(8, Math.min(272, v + move[i]))); if (lowered) stroke(cursor, to); cursor = to;
};
$("clear").onclick = blank;
$("keep").onclick = async () => { const example = await drawing(await padBlob(), "The drawing"); if (example) { keep(example); blank(); } };
$("add").onclick = () => { if (task.classes.length >= 20) return say("Twenty symbols are the most."); task.classes.push({ name: `symbol ${task.classes.length + 1}`, examples: [], queries: [] }); chosen = task.classes.length - 1; save(); };
$("files").onchange = async (event) => { for (const file of event.target.files) { const example = await drawing(file, file.name); if (example) keep(example); } event.target.value = ""; };
$("fetch").onclick = async () => { const told = await ask("source", { name: $("source").value, seed: Math.floor(Math.random() * 1e6) }); if (told) { task = { bundle: told.bundle, classes: told.classes }; say(`Five classes from ${$("source").value}.`); save(); } };

const cellsOf = (packed, pulses) => ({ conductance: unpacked(packed.conductance, Float32Array), target: unpacked(packed.target, Float32Array), wear: unpacked(packed.wear, Int32Array), pulses });
const layoutOf = (layout) => ({ ...layout, layer: unpacked(layout.layer, Uint8Array) });
$("learn").onclick = async () => {
  say("Learning …");
  const told = await ask("learn", { task });
  if (!told) return;
  clearInterval(playing); playing = null; learned = told; state = { layout: layoutOf(told.layout), pulses: unpacked(told.pulses, Int32Array) };
  finish(); $("history").replaceChildren(); say(["Learned in five updates.", ...told.remarks].join(" "));
  const queries = task.classes.some((each) => each.queries?.length), lines = await ask("command", { queries });
  if (lines) $("command").textContent = lines.lines.teach;
};
function table(upTo) {
  $("steps").replaceChildren(...learned.steps.slice(0, upTo + 1).map((step) => {
    const row = document.createElement("tr"), right = step.query ?? step.support;
    for (const text of [step.number || "before", `${right.right}/${right.of}`, `${step.exact.right}/${step.exact.of}`, step.changed, step.cost.pulses, (1e9 * step.cost.joules).toFixed(1)]) row.insertCell().textContent = text;
    return row;
  }));
}
function finish() { at = { step: learned.steps.length - 1, round: 0 }; map.lit = writtenIn(at.step); map.show(state.layout, cellsOf(learned.steps[at.step].cells, state.pulses)); table(at.step); }
function writtenIn(step) { const lit = new Set(); for (const round of learned.steps[step].rounds ?? []) for (const kind of ["set", "reset"]) unpacked(round[kind], Int32Array).forEach((cell) => lit.add(cell)); return lit; }
function begin() { at = { step: 1, round: 0 }; state.now = cellsOf(learned.steps[0].cells, state.pulses); map.lit = new Set(); map.show(state.layout, state.now); table(0); }
function round() {
  if (!learned) return false;
  if (!state.now || at.step >= learned.steps.length || (at.step === learned.steps.length - 1 && !at.round && !playing && !state.now)) begin();
  const step = learned.steps[at.step], rounds = step.rounds ?? [];
  if (at.round < rounds.length) {
    const each = rounds[at.round++]; map.lit = new Set([...unpacked(each.set, Int32Array), ...unpacked(each.reset, Int32Array)]);
    const measured = unpacked(each.measured, Float32Array); unpacked(each.read, Int32Array).forEach((cell, i) => { state.now.conductance[cell] = measured[i]; });
    map.show(state.layout, state.now);
    say(`update ${at.step}, round ${at.round} of ${rounds.length}: ${each.pulses} pulses, ${(1e9 * each.joules).toFixed(1)} nJ so far`);
    return true;
  }
  table(at.step); state.now = cellsOf(step.cells, state.pulses); map.show(state.layout, state.now);
  at = { step: at.step + 1, round: 0 };
  return at.step < learned.steps.length;
}
$("one-round").onclick = round;
$("one-update").onclick = () => { if (!learned) return; if (!state.now || at.step >= learned.steps.length) begin(); const step = Math.min(at.step, learned.steps.length - 1); map.lit = writtenIn(step); state.now = cellsOf(learned.steps[step].cells, state.pulses); map.show(state.layout, state.now); table(step); at = { step: step + 1, round: 0 }; };
$("play").onclick = () => { if (playing) { clearInterval(playing); playing = null; $("play").textContent = "Play"; return; } if (!learned) return; begin(); $("play").textContent = "Pause"; playing = setInterval(() => { if (!round()) { clearInterval(playing); playing = null; $("play").textContent = "Play"; } }, 1000 / $("speed").value); };
const given = () => ({ hours: Number((10 ** $("hours").value).toPrecision(3)), celsius: Number($("celsius").value) });
let looking = false, lookAgain = false;
async function look() {
  if (!learned) return say("Press Learn first."); if (looking) { lookAgain = true; return; }
  looking = true; const b = given(), told = await ask("preview", b);
  if (told) {
    const years = told.equivalent_hours / 8760, right = told.query ?? told.support;
    $("bake-words").textContent = `${b.hours} h at ${b.celsius} °C = ${years < 1 ? `${told.equivalent_hours.toPrecision(3)} h` : `${years.toPrecision(3)} years`} at 75 °C; afterwards ${right.right} of ${right.of} right`;
    map.lit = new Set(); map.show(state.layout, { ...map.cells, conductance: unpacked(told.conductance, Float32Array) });
  }
  looking = false; if (lookAgain) { lookAgain = false; look(); }
}
$("hours").oninput = $("celsius").oninput = look;
const changes = { bake: () => ["bake", given()], repair: () => ["repair", { value: 0.05 }], wear: () => ["wear", { value: 10000 }], break: () => ["break-row", { value: 3 }], retest: () => ["retest", {}], undo: () => ["undo", {}] };
for (const [id, what] of Object.entries(changes)) $(id).onclick = async () => {
  const told = await ask(...what()); if (!told) return;
  map.lit = new Set(); map.show(state.layout, cellsOf(told.cells, state.pulses));
  const right = told.query ?? told.support; say(`${right.right} of ${right.of} right.`);
  $("history").replaceChildren(...told.history.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
};
blank(); classes(); open();
