// Runs before the first paint, so that a page in the dark does not flash in the light.
try {
  const theme = localStorage.getItem("ohmshot-theme");
  if (theme === "dark" || theme === "light") {
    document.documentElement.dataset.theme = theme;
    document.documentElement.style.colorScheme = theme;
  }
} catch {
  // Without storage the page looks as the system does.
}
