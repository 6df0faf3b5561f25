// A task: symbols with their names, examples to learn from and further ones to be judged by. Nothing here changes a task
// in place, so that undo is to show an earlier one.

/**
 * @typedef {object} Symbol
 * @property {string} name
 * @property {string[]} examples base64, to learn from
 * @property {string[]} queries base64, further ones
 *
 * @typedef {object} Source Where a task was drawn from, so that a link can draw it again.
 * @property {string} name
 * @property {number} ways
 * @property {number} shots
 * @property {number} seed
 *
 * @typedef {object} Task
 * @property {string} bundle the learned initialisation that it is for
 * @property {Symbol[]} classes
 * @property {Source|null} source null for a task with drawings of one's own
 */

export const MOST_SYMBOLS = 20;
export const FEWEST_SYMBOLS = 2;
export const MOST_EXAMPLES = 5;
export const DRAWINGS = "characters";
const FIRST_NAMES = ["anchor", "bolt", "fish", "house", "spiral"];
const KIND = "ohmshot drawings";
const KEPT_AS = "ohmshot-drawings";

const symbol = (name) => ({ name, examples: [], queries: [] });

/** @returns {Task} five names without a drawing */
export const blankTask = () => ({ bundle: DRAWINGS, classes: FIRST_NAMES.map(symbol), source: null });

/** Whether its examples are pictures; the others are signals, which nobody draws. */
export const drawn = (task) => task.bundle === DRAWINGS;

export const examplesOf = (task) => task.classes.flatMap((each) => each.examples);
export const queriesOf = (task) => task.classes.flatMap((each) => each.queries);
export const labelsOfQueries = (task) => task.classes.flatMap((each, label) => each.queries.map(() => label));

/** Classes that have something to learn from. */
export const filled = (task) => task.classes.filter((each) => each.examples.length > 0);

/** What the server learns: classes without an example are left out there, with a remark. */
export const asMessage = ({ bundle, classes }) => ({ bundle, classes });

function withClass(task, index, change) {
  const classes = task.classes.map((each, i) => (i === index ? { ...each, ...change(each) } : each));
  return { ...task, classes, source: null };
}

export const renamed = (task, index, name) => withClass(task, index, () => ({ name }));
export const withExample = (task, index, example) =>
  withClass(task, index, ({ examples }) => ({ examples: [...examples, example] }));
export const withoutExample = (task, index, place) =>
  withClass(task, index, ({ examples }) => ({ examples: examples.filter((_, i) => i !== place) }));
export const withQuery = (task, index, query) =>
  withClass(task, index, ({ queries }) => ({ queries: [...queries, query] }));
export const withoutSymbol = (task, index) =>
  ({ ...task, classes: task.classes.filter((_, i) => i !== index), source: null });

/** One symbol more, of a name that no other has. */
export function withSymbol(task) {
  const names = new Set(task.classes.map((each) => each.name));
  let number = task.classes.length + 1;
  while (names.has(`symbol ${number}`)) number += 1;
  return { ...task, classes: [...task.classes, symbol(`symbol ${number}`)], source: null };
}

/** The task as a file. */
export function toFile(task) {
  const content = JSON.stringify({ kind: KIND, version: 1, ...task }, null, 1);
  return new File([content], "my-symbols.json", { type: "application/json" });
}

/**
 * A task from the text of a file.
 * @param {string} text
 * @returns {Task}
 * @throws {Error} it is none; the message is for the person
 */
export function fromText(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error("This is no file of drawings: it is not in JSON. Open one that was saved here.");
  }
  if (given?.kind !== KIND) throw new Error("This is no file of drawings of the workbench. Open one that was saved here.");
  const task = checked(given);
  if (!task) throw new Error("The file of drawings is damaged. Open another one.");
  return task;
}

function checked(given) {
  const texts = (values) => Array.isArray(values) && values.every((each) => typeof each === "string");
  const { bundle, classes } = given ?? {};
  const good = typeof bundle === "string" && Array.isArray(classes) && classes.length <= MOST_SYMBOLS &&
    classes.every((each) => typeof each?.name === "string" && texts(each.examples) && texts(each.queries ?? []) &&
      each.examples.length <= MOST_EXAMPLES);
  if (!good) return null;
  const plain = classes.map(({ name, examples, queries }) => ({ name, examples, queries: queries ?? [] }));
  return { bundle, classes: plain, source: given.source ?? null };
}

/** Keep the task in this browser. @returns {boolean} whether it could be kept */
export function keep(task) {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(task));
    return true;
  } catch {
    return false;
  }
}

/** @returns {Task|null} what was kept */
export function kept() {
  try {
    return checked(JSON.parse(localStorage.getItem(KEPT_AS) ?? "null"));
  } catch {
    return null;
  }
}
