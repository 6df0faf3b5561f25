// The chip on the bench: what it has learned and what was done to it since, the same for every view.

import { levelsFrom, offTarget } from "./charts/levels.js";
import { cellsFrom, layoutFrom, unpacked } from "./map.js";
import { Playback } from "./playback.js";
import { asMessage, filled } from "./task.js";

/**
 * @typedef {object} Chip
 * @property {string[]} names of the classes that it knows
 * @property {import("./task.js").Task} task that it learned last, without classes that had no example
 * @property {import("./task.js").Task} begun the task that it learned first
 * @property {object} settings of chip and host
 * @property {import("./map.js").Layout} layout
 * @property {import("./map.js").Cells} cells now
 * @property {import("./charts/levels.js").Level[]} levels now
 * @property {import("./charts/levels.js").Level[]} freshLevels as they were right after learning
 * @property {number} freshError root mean square off target right after learning, in uS
 * @property {any} support judged answers to the examples learned from
 * @property {any} query judged answers to further ones; null where there are none
 * @property {any} first `query`, or `support` where there is none, right after learning
 * @property {any} meter counts and energy in its life
 * @property {string[]} history
 * @property {number} undoable changes that the server can take back
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
    /** @type {{chip: Chip, task: import("./task.js").Task}[]} before each change, for undo */
    this.earlier = [];
  }

  /** Teach a fresh chip the task of the page. @returns {Promise<Chip>} */
  async learn() {
    const { task, settings } = this.store.state;
    const told = await this.connection.ask("learn", { task: asMessage(task), settings });
    const chip = learnedChip(told, task, task, settings);
    this.earlier = [];
    this.store.set({ chip, did: [] });
    return chip;
  }

  /** The chip that the server still has for this page, of which the learning itself is not kept. */
  found(state, task) {
    const layout = layoutFrom(state.layout);
    const cells = cellsFrom(state.cells);
    const chip = {
      names: state.names, task: { ...task, classes: filled(task) }, begun: task, settings: this.store.state.settings,
      layout, cells, ...asFresh(layout, cells, state.levels), support: state.support, query: state.query,
      first: judgedOf(state), meter: state.meter, history: state.history, undoable: state.undoable, steps: null, playback: null, remarks: [],
    };
    this.store.set({ chip });
  }

  /**
   * Do something to the chip.
   * @param {string} op
   * @param {object} [message]
   */
  async change(op, message = {}) {
    const { chip, task, did } = this.store.state;
    const told = await this.connection.ask(op, message);
    this.earlier.push({ chip, task });
    this.store.set({ chip: changed(chip, told), did: [...did, { op, message }] });
  }

  /** Let the same chip learn another task. @param {import("./task.js").Task} next */
  async nextTask(next) {
    const { chip, task, did } = this.store.state;
    const told = await this.connection.ask("next-task", { task: asMessage(next) });
    this.earlier.push({ chip, task });
    const done = { op: "next-task", message: { source: next.source } };
    this.store.set({ chip: learnedChip(told, next, chip.begun, chip.settings), task: next, did: [...did, done] });
  }

  /** Take the last change back; after a reload of the page nothing but the chip is known of the time before it. */
  async undo() {
    const { did } = this.store.state;
    const told = await this.connection.ask("undo");
    const { chip, task } = this.earlier.pop() ?? this.store.state;
    this.store.set({ chip: changed(chip, told), task, did: did.slice(0, -1) });
  }

  /** Take back all that was done since the chip learned, as far as the server still knows. */
  async undoAll() {
    const steps = this.store.state.chip.undoable;
    for (let step = 0; step < steps; step++) await this.undo();
  }

  /** Measure the answers anew. */
  async look() {
    const { chip } = this.store.state;
    this.store.set({ chip: changed(chip, await this.connection.ask("look")) });
  }
}

/** @returns {Chip} a chip that has just learned a task, as the server tells of it */
function learnedChip(told, task, begun, settings) {
  const last = told.steps.at(-1);
  const layout = layoutFrom(told.layout);
  const cells = { ...cellsFrom(last.cells), pulses: unpacked(told.pulses, Int32Array) };
  return {
    names: told.names, task: { ...task, classes: filled(task) }, begun, settings, layout, cells,
    ...asFresh(layout, cells, told.levels), support: last.support, query: last.query, first: judgedOf(last), meter: told.meter,
    history: told.history, undoable: told.undoable, steps: told.steps, playback: new Playback(told.steps), remarks: told.remarks,
  };
}

/** @returns {Chip} the chip as the server now tells of it; what it learned and how stays */
function changed(chip, { cells, levels, support, query, meter, history, undoable }) {
  const now = { ...cellsFrom(cells), pulses: chip.cells.pulses };
  return { ...chip, cells: now, levels: levelsFrom(levels), support, query, meter, history, undoable };
}

/** What a chip that has just learned is compared with later. */
function asFresh(layout, cells, packed) {
  const levels = levelsFrom(packed);
  return { levels, freshLevels: levels, freshError: offTarget(layout, cells) };
}
