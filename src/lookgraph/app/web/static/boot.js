// Runs before anything is drawn: the theme, and whether there are scripts at all.
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("welcome") === "skipped") root.classList.add("no-welcome");
  } catch { /* storage is forbidden: the system's theme, and the welcome */ }
}
