// Light or dark: the system's choice until somebody chooses here.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

export function switchTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* it holds for this page */ }
  show();
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.textContent = isDark() ? "Switch to light" : "Switch to dark";
  }
  const frame = document.querySelector("iframe.report");
  if (frame && root.dataset.theme) frame.src = `/studio/report?theme=${root.dataset.theme}`;
}

export function startTheme() {
  show();
  system.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
    const skip = event.target.closest("[data-skip-welcome]");
    if (skip) {
      try { localStorage.setItem("welcome", "skipped"); } catch { /* it comes back */ }
      root.classList.add("no-welcome");
      document.getElementById("main").focus();
    }
  });
}
