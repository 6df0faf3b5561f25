// The command line below each view that does the same, and the files to take home.

import { $ } from "./dom.js";
import { copy, save } from "./files.js";
import { settled } from "./live.js";
import { busy, say } from "./say.js";
import { drawn, queriesOf } from "./task.js";

const AFTER = 200; // ms after the last change

/** @param {{connection: any, store: any}} page */
export function followCommands({ connection, store }) {
  const update = settled(async () => {
    const { view, task, settings, bake, study } = store.state;
    try {
      const wanted = { settings, bake, queries: queriesOf(task).length > 0, study: study.name ? study : null };
      const { lines } = await connection.ask("command", wanted);
      $("command").textContent = lines[view] ?? "";
    } catch {
      // The word about a refusal stands where the setting was made; a command of the last good state stays here.
    }
  }, AFTER);
  store.watch(["view", "task", "settings", "bake", "study", "chip"], update);
  store.watch(["view", "chip"], ({ view, chip }) => { $("home").hidden = view === "study" || view === "engineer" || !chip; });

  $("copy").addEventListener("click", async () => {
    const done = await copy($("command").textContent);
    if (!done) getSelection().selectAllChildren($("command"));
    say(done ? "Copied." : "This browser gives no clipboard here: press Ctrl+C, the command is selected.");
  });
  for (const button of document.querySelectorAll("[data-file]")) {
    button.addEventListener("click", () => busy(button, async () => {
      if (button.dataset.file === "drawings" && !drawn(store.state.chip.task)) return say("Signals are not saved as pictures.", "bad");
      const file = await connection.file(button.dataset.file);
      save(file);
      return say(`Saved as ${file.name}.`);
    }));
  }
}
