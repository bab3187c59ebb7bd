// Reports what was seen (half of it, for most of a second) and what was done, with the token of the page that showed it.
const SEEN_MS = 700;
const SEND_MS = 4000;

const tokens = new WeakMap();
const timers = new WeakMap();
let waiting = new Map();
let timer = 0;

const id = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

function note(kind, item, token) {
  if (!document.body.hasAttribute("data-may-save")) return;
  const of = token || `without a token: ${item}`; // a request is logged whole or not at all: none fails for another's item
  if (!waiting.has(of)) waiting.set(of, { impressions: token || null, events: [] });
  waiting.get(of).events.push({ id: id(), kind, item });
  timer ||= setTimeout(send, SEND_MS);
}

function send() {
  clearTimeout(timer);
  timer = 0;
  for (const batch of waiting.values())
    fetch("/api/v1/events", {
      method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(batch),
    }).catch(() => {});
  waiting = new Map();
}

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(timers.get(target));
    if (isIntersecting)
      timers.set(target, setTimeout(() => { observer.unobserve(target); note("impression", target.dataset.item, tokens.get(target)); }, SEEN_MS));
  }
}, { threshold: 0.5 });

export function watchTile(element, token) {
  if (!token) return;
  tokens.set(element, token);
  observer.observe(element);
}

/** Somebody did something to an item: in a tile, or on a page of its own, which no recommender ranked. */
export function report(kind, item, tile) {
  note(kind, item, tokens.get(tile));
  if (kind === "click") send();
}

addEventListener("pagehide", send);
document.addEventListener("visibilitychange", () => document.hidden && send());
document.addEventListener("click", (event) => {
  const tile = event.target.closest(".photo")?.closest(".tile");
  if (tile && !tile.hasAttribute("data-own")) report("click", tile.dataset.item, tile);
});
