// Teach, step 3: ask the chip, by pen or with a further example.

import { judgedOf } from "../bench.js";
import { ClassBars, verdict } from "../bars.js";
import { Refused } from "../connection.js";
import { $, el } from "../dom.js";
import { AskedExamples } from "../examples.js";
import { latest } from "../live.js";
import { Pad } from "../pad.js";
import { busy, say } from "../say.js";
import { drawn, queriesOf, withQuery } from "../task.js";
import { thumbnail } from "../thumbnail.js";
import { padSaid } from "./draw.js";

/** @param {{connection: any, store: any, undo: any, bench: any}} page */
export function askPart({ connection, store, undo, bench }) {
  const bars = new ClassBars($("bars"));
  const asked = new AskedExamples($("asked"), (example) => askAbout(example));
  const pad = new Pad($("try-pad"), { drawn: askPad, lifted: askPad, entered: askPad, said: padSaid });
  let example = null;

  /** Ask about what is on the pad; a stroke that has only begun is no drawing yet, so a refusal is no alarm here. */
  const askPen = latest(async () => {
    if (pad.empty) return rest();
    try {
      return await answered(await connection.picture(await pad.picture(), "The drawing"));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!pad.stroke) $("verdict").replaceChildren(el("span", { class: "hint", text: error.message }));
      return undefined;
    }
  });

  function askPad() {
    $("try-hint").hidden = !pad.empty;
    if (store.state.chip) askPen();
    else if (!pad.stroke) say("Nothing has been learned yet: press Learn first.", "bad");
  }

  const askAbout = latest(async (given) => {
    if (!store.state.chip) return say("Nothing has been learned yet: press Learn first.", "bad");
    pad.clear();
    $("try-hint").hidden = true;
    try {
      return await answered(given);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return say(error.message, "bad");
    }
  });

  async function answered(given) {
    const answer = await connection.ask("ask", { example: given });
    const { chip } = store.state;
    example = given;
    bars.show(answer);
    $("verdict").replaceChildren(verdict(answer, chip.names));
    const like = chip.task.classes.flatMap((each) => each.examples)[answer.nearest];
    $("seen").replaceChildren("seen as ", slot(given), ...(like ? [" most like ", slot(like)] : []));
    $("truth").hidden = !drawn(chip.task) || queriesOf(chip.task).includes(given);
    $("truth-choice").value = String(answer.best);
  }

  const slot = (given) => el("span", { class: "slot" }, thumbnail(given));

  function rest() {
    example = null;
    bars.rest();
    const next = store.state.chip ? "Draw above, or choose an example below." : "It can answer once it has learned.";
    $("verdict").replaceChildren(el("span", { class: "hint", text: next }));
    $("seen").replaceChildren();
    $("truth").hidden = true;
  }

  $("try-clear").addEventListener("click", () => {
    pad.clear();
    $("try-hint").hidden = false;
    rest();
  });
  $("truth-keep").addEventListener("click", () => busy($("truth-keep"), async () => {
    const { task, chip, hello } = store.state;
    const index = task.classes.findIndex((each) => each.name === chip.names[Number($("truth-choice").value)]);
    if (index < 0 || !example) return say("That symbol is no longer in the list.", "bad");
    undo.before("a further example");
    store.set({ task: withQuery(task, index, example) });
    $("truth").hidden = true;
    // The same seed and drawings give the same chip, so learning again only asks it once more; not so on a real one.
    if (chip.history.length || hello.chip !== "sim") return say("Counted. It is judged when you learn again.");
    await bench.learn();
    return say("Counted among the further examples.");
  }));
  store.watch(["chip", "task"], ({ chip, task }) => {
    const shown = chip?.task ?? task;
    const none = queriesOf(shown).length === 0;
    $("asked-none").hidden = !none;
    $("asked-score").textContent = chip?.query ? `${judgedOf(chip).right} of ${judgedOf(chip).of} right` : "";
    asked.show(shown, chip?.names ?? task.classes.map((each) => each.name), chip?.query?.answers ?? null);
  });
  let known = null;
  store.watch(["chip"], ({ chip }) => {
    bars.begin(chip?.names ?? []);
    $("truth-choice").replaceChildren(...(chip?.names ?? []).map((name, i) => new Option(name, String(i))));
    if (chip && known && !pad.empty) askPen();
    else rest();
    known = chip;
  });
  return { redraw: () => pad.draw() };
}
