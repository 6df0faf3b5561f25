// The recorded pulses of a learning, as a film: a position is a number of rounds that were played.

import { cellsFrom, unpacked } from "./map.js";

/**
 * @typedef {object} Frame One round of pulses.
 * @property {number} update 1 to 5
 * @property {number} round 1 to `rounds`
 * @property {number} rounds of its update
 * @property {Int32Array} set cells
 * @property {Int32Array} reset cells
 * @property {Int32Array} read cells
 * @property {Float32Array} measured what they answered, in uS
 * @property {number} pulses of this round
 * @property {number} joules of its update so far
 */

/** @returns {Frame[]} of all updates, one after another */
export function framesOf(steps) {
  return steps.flatMap((step) => {
    const rounds = step.rounds ?? [];
    return rounds.map((each, i) => ({
      update: step.number,
      round: i + 1,
      rounds: rounds.length,
      set: unpacked(each.set, Int32Array),
      reset: unpacked(each.reset, Int32Array),
      read: unpacked(each.read, Int32Array),
      measured: unpacked(each.measured, Float32Array),
      pulses: each.pulses,
      joules: each.joules,
    }));
  });
}

export class Playback extends EventTarget {
  /** @param {any[]} steps of a learning: the initialisation and each update */
  constructor(steps) {
    super();
    this.steps = steps;
    this.frames = framesOf(steps);
    this.position = this.frames.length;
    this.speed = 24; // rounds a second
    this.timer = 0;
  }

  get length() {
    return this.frames.length;
  }

  get playing() {
    return this.timer !== 0;
  }

  get atEnd() {
    return this.position >= this.length;
  }

  /** Updates that are over. */
  get updatesDone() {
    const next = this.frames[this.position];
    return next ? next.update - 1 : this.steps.length - 1;
  }

  /** Positions at which an update is over. */
  get ends() {
    return this.frames.flatMap((frame, i) => (frame.round === frame.rounds ? [i + 1] : []));
  }

  to(position) {
    this.position = Math.max(0, Math.min(this.length, position));
    this.dispatchEvent(new Event("moved"));
  }

  play() {
    if (this.playing || !this.length) return;
    if (this.atEnd) this.to(0);
    let last = performance.now();
    let due = 0;
    const next = (now) => {
      due += ((now - last) * this.speed) / 1000;
      last = now;
      const rounds = Math.floor(due);
      due -= rounds;
      this.timer = requestAnimationFrame(next);
      if (rounds) this.to(this.position + rounds);
      if (this.atEnd) this.pause();
    };
    this.timer = requestAnimationFrame(next);
    this.dispatchEvent(new Event("started"));
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.dispatchEvent(new Event("paused"));
  }

  oneRound() {
    this.pause();
    this.to(this.atEnd ? 0 : this.position + 1);
  }

  oneUpdate() {
    this.pause();
    this.to(this.atEnd ? 0 : this.ends.find((end) => end > this.position) ?? this.length);
  }

  /** What the map shows now: every cell, and those that were just written. */
  scene() {
    const { updatesDone } = this;
    const last = this.frames[this.position - 1];
    const cells = cellsFrom(this.steps[updatesDone].cells);
    if (!last) return { cells, set: [], reset: [], last: null, updatesDone };
    if (last.update === updatesDone) return { cells, ...this.written(updatesDone), last, updatesDone };
    const begun = this.frames.slice(this.position - last.round, this.position);
    for (const { read, measured } of begun) {
      read.forEach((cell, i) => { cells.conductance[cell] = measured[i]; });
    }
    cells.target = cellsFrom(this.steps[last.update].cells).target;
    return { cells, set: last.set, reset: last.reset, last, updatesDone };
  }

  /** All cells that an update wrote; one with pulses of both kinds counts as SET. */
  written(update) {
    const frames = this.frames.filter((frame) => frame.update === update);
    const set = new Set(frames.flatMap((frame) => [...frame.set]));
    const reset = new Set(frames.flatMap((frame) => [...frame.reset]).filter((cell) => !set.has(cell)));
    return { set, reset };
  }

  /** Counts from the beginning of the first update to now. */
  counts() {
    const done = this.steps.slice(1, this.updatesDone + 1);
    const begun = this.frames.slice(0, this.position).filter((frame) => frame.update > this.updatesDone);
    const sum = (values) => values.reduce((total, each) => total + each, 0);
    return {
      pulses: sum(done.map((step) => step.cost.pulses)) + sum(begun.map((frame) => frame.pulses)),
      joules: sum(done.map((step) => step.cost.joules)) + (begun.at(-1)?.joules ?? 0),
      cells: new Set(this.frames.slice(0, this.position).flatMap((frame) => [...frame.set, ...frame.reset])).size,
    };
  }
}
