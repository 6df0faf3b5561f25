// The chip on the bench: what it has learned and what was done to it since, the same for every view.

import { cellsFrom, layoutFrom, unpacked } from "./map.js";
import { Playback } from "./playback.js";
import { asMessage, filled } from "./task.js";

/**
 * @typedef {object} Chip
 * @property {string[]} names of the classes that it knows
 * @property {import("./task.js").Task} task that it learned last, without classes that had no example
 * @property {object} settings of chip and host
 * @property {import("./map.js").Layout} layout
 * @property {import("./map.js").Cells} cells now
 * @property {import("./map.js").Cells} fresh as they were right after learning
 * @property {any} support judged answers to the examples learned from
 * @property {any} query judged answers to further ones; null where there are none
 * @property {any} first `query`, or `support` where there is none, right after learning
 * @property {any} meter counts and energy in its life
 * @property {string[]} history
 * @property {any[]|null} steps of its learning; null where the page did not see it
 * @property {Playback|null} playback
 * @property {string[]} remarks
 */

/** What a chip answers: to further examples, or where there are none, to those that it has learned from. */
export const judgedOf = ({ query, support }) => query ?? support;

export class Bench {
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {any} store with `task`, `settings`, `chip`, `did`
   */
  constructor(connection, store) {
    this.connection = connection;
    this.store = store;
    /** @type {import("./task.js").Task[]} tasks before each change, for undo */
    this.tasks = [];
  }

  /** Teach a fresh chip the task of the page. @returns {Promise<Chip>} */
  async learn() {
    const { task, settings } = this.store.state;
    const told = await this.connection.ask("learn", { task: asMessage(task), settings });
    const last = told.steps.at(-1);
    const pulses = unpacked(told.pulses, Int32Array);
    const cells = { ...cellsFrom(last.cells), pulses };
    /** @type {Chip} */
    const chip = {
      names: told.names, task: { ...task, classes: filled(task) }, settings, layout: layoutFrom(told.layout), cells, fresh: cells,
      support: last.support, query: last.query, first: judgedOf(last), meter: told.meter, history: [],
      steps: told.steps, playback: new Playback(told.steps), remarks: told.remarks,
    };
    this.tasks = [];
    this.store.set({ chip, did: [] });
    return chip;
  }

  /** The chip that the server still has for this page, of which the learning itself is not kept. */
  found(state, task) {
    const cells = cellsFrom(state.cells);
    const chip = {
      names: state.names, task: { ...task, classes: filled(task) }, settings: this.store.state.settings,
      layout: layoutFrom(state.layout), cells, fresh: cells, support: state.support, query: state.query,
      first: judgedOf(state), meter: state.meter, history: state.history, steps: null, playback: null, remarks: [],
    };
    this.store.set({ chip });
  }

  /**
   * Do something to the chip.
   * @param {string} op
   * @param {object} [message]
   */
  async change(op, message = {}) {
    const { chip, did } = this.store.state;
    const told = await this.connection.ask(op, message);
    this.tasks.push(chip?.task);
    this.store.set({ chip: this.changed(told, chip.task), did: [...did, { op, message }] });
  }

  /** Let the same chip learn another task. @param {import("./task.js").Task} task */
  async nextTask(task) {
    const { chip, did } = this.store.state;
    const told = await this.connection.ask("next-task", { task: asMessage(task) });
    this.tasks.push(chip.task);
    const next = this.changed(told, task);
    const fresh = { ...next, fresh: next.cells, first: judgedOf(next), steps: null, playback: null };
    this.store.set({ chip: fresh, task, did: [...did, { op: "next-task", message: { source: task.source } }] });
  }

  async undo() {
    const { did } = this.store.state;
    const told = await this.connection.ask("undo");
    const task = this.tasks.pop() ?? this.store.state.chip.task;
    this.store.set({ chip: this.changed(told, task), did: did.slice(0, -1), task });
  }

  async look() {
    const told = await this.connection.ask("look");
    this.store.set({ chip: this.changed(told, this.store.state.chip.task) });
  }

  /** @returns {Chip} */
  changed(told, task) {
    const { chip } = this.store.state;
    const cells = { ...cellsFrom(told.cells), pulses: chip.cells.pulses };
    const { names, support, query, meter, history } = told;
    return { ...chip, names, task, cells, layout: layoutFrom(told.layout), support, query, meter, history };
  }
}
