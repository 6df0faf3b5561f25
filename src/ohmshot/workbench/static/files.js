// Files that a person keeps, and the text of one that a person opens.

import { el } from "./dom.js";

/** Hand a file to the browser's downloads. @param {File} file */
export function save(file) {
  const address = URL.createObjectURL(file);
  const link = el("a", { href: address, download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Copy a text; where the browser gives no clipboard, select it to be copied by hand. @returns {Promise<boolean>} */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
