// State that several views share, told to whoever listens; and the page's own undo.

/**
 * @template {Record<string, any>} State
 * @param {State} state
 */
export function createStore(state) {
  /** @type {Map<string, Set<Function>>} */
  const listeners = new Map();
  return {
    /** @type {State} */
    state,
    /** Change some of it; listeners of what changed are told once each. @param {Partial<State>} patch */
    set(patch) {
      const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
      Object.assign(state, patch);
      const told = new Set(changed.flatMap((key) => [...(listeners.get(key) ?? [])]));
      for (const listener of told) listener(state);
    },
    /** Call a function now and whenever one of these changes. @param {string[]} keys */
    watch(keys, listener) {
      for (const key of keys) listeners.set(key, (listeners.get(key) ?? new Set()).add(listener));
      listener(state);
    },
  };
}

const MOST_UNDONE = 60;

/** Takes back what a person changed on the page: drawings and settings. What was done to a chip, the server takes back. */
export class Undo {
  constructor(store, keys) {
    this.store = store;
    this.keys = keys;
    this.earlier = [];
  }

  /** Remember the state before a change. @param {string} what in words */
  before(what) {
    const kept = Object.fromEntries(this.keys.map((key) => [key, this.store.state[key]]));
    this.earlier = [...this.earlier.slice(1 - MOST_UNDONE), { what, kept }];
  }

  /** @returns {string|null} what was taken back */
  back() {
    const last = this.earlier.pop();
    if (!last) return null;
    this.store.set(last.kept);
    return last.what;
  }
}
