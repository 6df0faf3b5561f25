// Dark, light, or as the system has it.

import { $ } from "./dom.js";

const KEPT_AS = "ohmshot-theme";
const SCHEMES = { system: "light dark", light: "light", dark: "dark" };

/** Show the chosen theme and follow the choice. @param {() => void} changed what is drawn by hand is drawn again */
export function followTheme(changed) {
  const choice = $("theme");
  choice.value = document.documentElement.dataset.theme || "system";
  choice.addEventListener("change", () => {
    choose(choice.value);
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

function choose(theme) {
  document.documentElement.dataset.theme = theme;
  document.documentElement.style.colorScheme = SCHEMES[theme];
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
