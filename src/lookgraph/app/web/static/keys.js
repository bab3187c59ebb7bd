// Single-key shortcuts; they can be switched off on the page that lists them.
import { sayTaste, showWhy, toggleSave } from "./actions.js";
import { feedOf } from "./feed.js";
import { switchTheme } from "./theme.js";

const stored = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
const tile = () => document.activeElement?.closest?.(".tile");

const KEYS = {
  "/": () => document.getElementById("q")?.focus(),
  j: () => feedOf(tile())?.step(1),
  k: () => feedOf(tile())?.step(-1),
  s: () => { const form = tile()?.querySelector("[data-act=save]"); if (form) toggleSave(form); },
  h: () => { const here = tile(); if (here && !here.hasAttribute("data-own") && document.body.hasAttribute("data-may-save")) sayTaste("hidden", here); },
  w: () => { const of = tile()?.querySelector("[data-of]")?.dataset.of; if (of) showWhy(tile().dataset.item, of); },
  p: () => location.assign("/photo"),
  b: () => document.body.hasAttribute("data-may-save") && location.assign("/boards"),
  t: switchTheme,
  "?": () => location.assign("/keys"),
};

export function startKeys() {
  const box = document.querySelector("[data-keys-on]");
  if (box) {
    box.checked = stored();
    box.addEventListener("change", () => { try { localStorage.setItem("keys", box.checked ? "on" : "off"); } catch { /* only here */ } });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !stored() || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]")) return;
    const act = KEYS[event.key];
    if (act && document.querySelector(".find")) { event.preventDefault(); act(); }
  });
}
