// What a reader prefers, kept in the browser. What a link must carry is in the address instead.

export type Theme = "system" | "light" | "dark";

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const KEY = "logbraid.theme";

/** Returns the theme that was chosen last. */
export function theme(): Theme {
  try {
    return THEMES.find((known) => known === window.localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system";
  }
}

const isDark = window.matchMedia("(prefers-color-scheme: dark)");

/** Shows the page in a theme. */
export function applyTheme(chosen: Theme): void {
  const systems = isDark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = chosen === "system" ? systems : chosen;
}

/** Follows the system's theme when it changes. */
isDark.addEventListener("change", () => applyTheme(theme()));

/** Applies a theme and keeps it. */
export function setTheme(chosen: Theme): void {
  applyTheme(chosen);
  try {
    window.localStorage.setItem(KEY, chosen);
  } catch {
    // Without storage, the theme lasts until the page is closed.
  }
}

/** The next theme in turn. */
export function nextTheme(current: Theme): Theme {
  return THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? "system";
}
