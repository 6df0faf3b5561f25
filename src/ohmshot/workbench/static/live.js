// Work that follows a hand: the newest wish is done, those in between are left out.

/**
 * Run one at a time; of the calls that come meanwhile only the last is run after it.
 * @template {any[]} A
 * @param {(...args: A) => Promise<void>} work
 * @returns {(...args: A) => Promise<void>}
 */
export function latest(work) {
  let running = false;
  /** @type {A|null} */
  let next = null;
  return async (...args) => {
    next = args;
    if (running) return;
    running = true;
    try {
      while (next) {
        const now = next;
        next = null;
        await work(...now);
      }
    } finally {
      running = false;
    }
  };
}

/** Run once nothing was asked for so many milliseconds. */
export function settled(work, milliseconds) {
  let soon = 0;
  return (...args) => {
    clearTimeout(soon);
    soon = setTimeout(() => work(...args), milliseconds);
  };
}
