// Numbers in words: units that fit, as many digits as can be read at a glance.

const PREFIXES = [[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];

function scaled(value, unit) {
  if (!value) return `0 ${unit}`;
  const [factor, prefix] = PREFIXES.find(([each]) => Math.abs(value) >= each) ?? PREFIXES.at(-1);
  return `${(value / factor).toPrecision(3)} ${prefix}${unit}`;
}

/** @param {number} joules */
export const energy = (joules) => scaled(joules, "J");

/** @param {number} seconds */
export const duration = (seconds) => (seconds >= 1000 ? hours(seconds / 3600) : scaled(seconds, "s"));

/** Hours in the unit that a person would say. */
export function hours(value) {
  if (value >= 8760) return `${short(value / 8760)} years`;
  if (value >= 48) return `${short(value / 24)} days`;
  if (value >= 1) return `${short(value)} h`;
  return `${short(60 * value)} min`;
}

/** Three digits, never in powers of ten. */
export function short(value) {
  if (value >= 100) return count(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** 12,345 */
export const count = (value) => Math.round(value).toLocaleString("en");

/** 0.987 as "99 %". */
export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;

/** "1 drawing", "2 drawings". */
export const many = (number, word, plural = `${word}s`) => `${count(number)} ${number === 1 ? word : plural}`;

/** `leti_hfo2_130nm` as it is read aloud. */
export const plain = (name) => name.replaceAll("_", " ").replaceAll("-", " ");
