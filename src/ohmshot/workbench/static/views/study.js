// The Study view: run a study on the server, follow it, stop it, look at what it found, take it home.

import { $, el, icon } from "../dom.js";
import { busy, say } from "../say.js";
import { count } from "../words.js";

const EVERY = 700; // ms between two looks at its progress
const KINDS = { csv: "CSV", parquet: "Parquet", svg: "SVG", png: "PNG", html: "Report", json: "JSON" };

/** @param {{connection: any, store: any}} page */
export function studyView({ connection, store }) {
  const form = $("study");
  const { choices, sources, studies } = store.state.hello;
  let timer = 0;

  const options = (name, values) => form.elements[name].replaceChildren(...values.map(([value, text]) => new Option(text, value)));
  options("name", studies.map(({ name }) => [name, name]));
  options("source", sources.filter((each) => each.bundle === "characters").map(({ name }) => [name, name]));
  options("technology", Object.entries(choices.technologies).map(([name, each]) => [name, each.title ?? name]));
  options("strategy", Object.keys(choices.strategies).map((name) => [name, name]));
  const usual = { source: "invented", technology: choices.defaults.technology, strategy: choices.defaults.strategy };
  for (const [name, value] of Object.entries({ ...usual, ...store.state.study })) {
    if (form.elements[name]) form.elements[name].value = value;
  }

  /** The study as the server takes it; a field that is left empty is left out. */
  function given() {
    const texts = Object.fromEntries([...new FormData(form)].filter(([, text]) => text !== ""));
    const numbers = ["chips", "episodes", "seed"].filter((name) => name in texts).map((name) => [name, Number(texts[name])]);
    return { ...texts, ...Object.fromEntries(numbers) };
  }

  function changed() {
    $("study-question").textContent = studies.find(({ name }) => name === form.elements.name.value).question;
    store.set({ study: given() });
  }

  async function run() {
    $("study-found").replaceChildren();
    show(await connection.ask("study", given()));
    follow();
  }

  function follow() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        const state = await connection.ask("study-state");
        show(state);
        if (state.state === "running") follow();
      } catch {
        follow(); // the page says elsewhere that the server does not answer
      }
    }, EVERY);
  }

  function show(state) {
    const running = state.state === "running";
    $("study-run").disabled = running;
    $("study-stop").hidden = !running;
    $("study-progress").hidden = !running;
    if (running) showProgress(state);
    $("study-empty").hidden = state.state === "done";
    const words = {
      running: "The study runs. It goes on while you use the other views.",
      stopped: "Stopped. Nothing of it was kept.",
      failed: state.words,
      done: "The study is done.",
    }[state.state];
    if (words && $("study-status").textContent !== words) $("study-status").textContent = words;
    if (words) $("study-empty").textContent = words;
    if (state.state === "done") showResult(state);
    if (state.state === "failed") say(state.words, "bad");
  }

  function showProgress({ done, of, words }) {
    const bar = $("study-bar");
    if (of) Object.assign(bar, { max: of, value: done });
    else bar.removeAttribute("value");
    $("study-words").textContent = of ? `${words}: ${count(done)} of ${count(of)} steps` : `${words} …`;
  }

  function showResult({ title, question, findings, figures, tables, files }) {
    $("study-found").replaceChildren(
      el("div", {}, el("h3", { text: title }), el("p", { class: "hint", text: question })),
      el("ul", { class: "findings" }, ...findings.map((text) => el("li", { text }))),
      el("p", { class: "files" }, link("report.html", files, "Report"), link("result.json", files, "Result as JSON")),
      ...figures.map((each) => figure(each, files)),
      ...tables.map((each) => table(each, files)),
    );
  }

  function link(name, files, text) {
    if (!files.includes(name)) return "";
    return el("a", { href: connection.studyFile(name), download: name }, icon("down"), text);
  }

  const links = (name, kinds, files) =>
    el("p", { class: "files" }, ...kinds.map((kind) => link(`${name}.${kind}`, files, KINDS[kind])));

  function figure({ name, caption }, files) {
    const image = el("img", { src: connection.studyFile(`${name}.svg`, true), alt: caption, loading: "lazy" });
    return el("figure", {}, image, el("figcaption", { text: caption }), links(name, ["svg", "png"], files));
  }

  function table({ name, columns, rows, left }, files) {
    const head = el("tr", {}, ...columns.map((text) => el("th", { scope: "col", text })));
    const body = rows.map((row) => el("tr", {}, ...row.map((text) => el("td", { text }))));
    return el("details", {}, el("summary", { text: `Table: ${name}` }), links(name, ["csv", "parquet"], files),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table ${name}` },
        el("table", { class: "numbers" }, el("thead", {}, head), el("tbody", {}, ...body))),
      el("p", { class: "hint", text: left ? `${count(left)} rows more are in the file.` : "" }));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy($("study-run"), run);
  });
  form.addEventListener("change", changed);
  $("study-stop").addEventListener("click", () => busy($("study-stop"), async () => show(await connection.ask("study-stop"))));
  changed();
  if (store.state.hello.study) {
    show(store.state.hello.study);
    if (store.state.hello.study.state === "running") follow();
  }
}
