// A feed: a masonry whose tiles are placed by their known proportions, so that nothing jumps; only those near the
// window are in the document; the next page is fetched before it is needed; Back finds everything where it was.
import { Refusal, ask } from "./asking.js";
import { watchTile } from "./events.js";
import { fill, strip } from "./packed.js";
import { thumbhashUrl } from "./thumbhash.js";

const KEPT_TILES = 10000;
const NEAR = 1.5; // windows above and below that stay in the document
const JOINING = 4; // tiles that join the document in one frame of a scroll: more would make it long
const PATIENCE_MS = 250; // for a photo that joins in a scroll, still far away: most are there sooner than their placeholder is made
const AHEAD = 2.5; // windows before the end at which more is fetched
const SHAPES = [0.55, 1.9]; // a tile's height over its width, at least and at most

const columnsFor = (width) => (width < 520 ? 2 : Math.max(3, Math.floor((width + 16) / (width > 2200 ? 300 : width < 900 ? 216 : 256))));

class Feed {
  constructor(root) {
    this.root = root;
    this.tiles = [];
    this.ids = new Set();
    this.shown = new Set(); // the tiles in the document
    this.waiting = false;
    this.moved = false;
    this.next = "";
    this.busy = false;
    this.endless = root.hasAttribute("data-endless");
    this.key = `feed:${location.pathname}${location.search}`;
    const old = this.endless && this.remembered();
    if (old) {
      root.replaceChildren();
      this.take(old);
    } else {
      for (const batch of [...root.querySelectorAll(":scope > .batch")]) this.takeBatch(batch);
    }
    this.layOut();
    root.classList.add("laid");
    if (old) {
      history.scrollRestoration = "manual";
      scrollTo({ top: old.y, behavior: "instant" });
      this.show();
    }
    let width = root.clientWidth;
    new ResizeObserver(() => {
      if (root.clientWidth === width) return;
      width = root.clientWidth;
      this.layOut();
    }).observe(root);
    addEventListener("scroll", () => { this.moved = true; this.showSoon(); }, { passive: true });
    if (this.endless) addEventListener("pagehide", () => this.remember());
    root.addEventListener("keydown", (event) => this.onKey(event));
  }

  takeBatch(batch) {
    this.next = batch.dataset.next || "";
    for (const element of [...batch.querySelectorAll(":scope > .tile")]) this.add(element, batch.dataset.token);
    batch.remove();
  }

  /** Tiles as `remember` kept them; each becomes an element when it comes near the window. */
  take({ tiles, texts, next }) {
    for (const [id, shape, token, shell, ...own] of tiles) {
      this.ids.add(id);
      this.tiles.push({ id, shape, token: texts[token], kept: [texts[shell], ...own], drawn: false });
    }
    this.next = next;
  }

  elementOf(tile) {
    if (!tile.element) {
      const template = document.createElement("template");
      template.innerHTML = fill(tile.kept);
      tile.element = template.content.firstElementChild;
      delete tile.kept;
      this.lay(tile);
    }
    return tile.element;
  }

  add(element, token) {
    if (this.ids.has(element.dataset.item)) return; // after a new build an item may come again
    this.ids.add(element.dataset.item);
    const shape = Number(element.dataset.h) / Number(element.dataset.w);
    element.setAttribute("aria-posinset", this.tiles.length + 1);
    element.querySelector(".photo").tabIndex = -1; // the tile itself has the focus, and Enter opens it
    this.tiles.push({
      id: element.dataset.item, element, token, shape: Math.min(SHAPES[1], Math.max(SHAPES[0], shape)), drawn: false,
    });
    if (element.isConnected) element.remove();
  }

  layOut() {
    const width = this.root.clientWidth;
    const gap = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--gap")) || 16;
    const n = columnsFor(width);
    this.width = (width - gap * (n - 1)) / n;
    this.gap = gap;
    this.heights = new Array(n).fill(0);
    for (const tile of this.tiles) this.place(tile);
    this.grow();
    this.show();
  }

  place(tile) {
    const column = this.heights.indexOf(Math.min(...this.heights));
    tile.left = column * (this.width + this.gap);
    tile.top = this.heights[column];
    tile.height = Math.round(this.width * tile.shape);
    this.heights[column] += tile.height + this.gap;
    if (tile.element) this.lay(tile);
  }

  lay({ element: { style }, left, top, height }) {
    style.width = `${this.width}px`;
    style.height = `${height}px`;
    style.transform = `translate(${left}px, ${top}px)`;
  }

  grow() {
    this.height = Math.max(0, ...this.heights);
    this.root.style.height = `${this.height}px`;
  }

  showSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.show(JOINING); });
  }

  /** Take out the tiles that are far from the window; let the nearest missing ones join, `most` now, others in the next frames. */
  show(most = this.tiles.length) {
    this.windowTop = -this.root.getBoundingClientRect().top;
    const margin = innerHeight * NEAR;
    for (const tile of this.shown) {
      if (this.isNear(tile, margin) || tile.element.contains(document.activeElement)) continue;
      tile.element.remove();
      this.shown.delete(tile);
    }
    const missing = [];
    for (let at = this.firstFrom(this.windowTop - margin - Math.ceil(this.width * SHAPES[1])); at < this.tiles.length; at++) {
      const tile = this.tiles[at];
      if (tile.top >= this.windowTop + innerHeight + margin) break;
      if (!this.shown.has(tile) && this.isNear(tile, margin)) missing.push(at);
    }
    const away = (at) => Math.abs(this.tiles[at].top - this.windowTop - innerHeight / 2);
    if (missing.length > most) missing.sort((a, b) => away(a) - away(b));
    for (const at of missing.slice(0, most)) this.join(at);
    if (missing.length > most) this.showSoon();
    if (this.next && !this.failed && this.height - this.windowTop < innerHeight * (1 + AHEAD)) this.more();
  }

  /** The place of the first tile that begins there or below: tiles go into the shortest column, so they begin in order. */
  firstFrom(top) {
    let [from, to] = [0, this.tiles.length];
    while (from < to) {
      const at = (from + to) >> 1;
      if (this.tiles[at].top < top) from = at + 1;
      else to = at;
    }
    return from;
  }

  /** Is any of the tile in the window, as it was at the last look, or so far above or below it? */
  isNear({ top, height }, around = 0) {
    return top < this.windowTop + innerHeight + around && top + height > this.windowTop - around;
  }

  join(at) {
    const tile = this.tiles[at];
    let after = at + 1;
    while (after < this.tiles.length && !this.shown.has(this.tiles[after])) after++;
    this.root.insertBefore(this.elementOf(tile), this.tiles[after]?.element ?? null);
    this.shown.add(tile);
    this.draw(tile);
  }

  draw(tile) {
    if (tile.drawn) return;
    tile.drawn = true;
    const photo = tile.element.querySelector(".photo");
    const picture = photo.querySelector("img");
    const there = () => {
      photo.classList.toggle("fades", this.isNear(tile)); // a fade that nobody sees would cost the scroll its frames
      photo.classList.add("there");
      photo.style.backgroundImage = "";
    };
    const { hash } = tile.element.dataset;
    const blurred = () => { if (hash && !photo.classList.contains("there")) photo.style.backgroundImage = `url(${thumbhashUrl(hash)})`; };
    if (picture.complete) there(); // also where it cannot be loaded: then its words show what is missing
    else {
      picture.addEventListener("load", there, { once: true });
      picture.addEventListener("error", there, { once: true });
      if (this.moved) setTimeout(blurred, PATIENCE_MS);
      else blurred();
    }
    watchTile(tile.element, tile.token);
  }

  async more() {
    if (this.busy) return;
    this.busy = true;
    this.root.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(this.next);
      const template = document.createElement("template");
      template.innerHTML = await answer.text();
      const first = this.tiles.length;
      this.takeBatch(template.content.querySelector(".batch"));
      for (const tile of this.tiles.slice(first)) this.place(tile);
      if (!this.next) this.end();
    } catch (error) {
      this.failed = true;
      this.offer(error instanceof Refusal ? error.message : "The next photos did not come.");
    }
    this.busy = false;
    this.root.removeAttribute("aria-busy");
    this.grow();
    this.showSoon();
  }

  offer(why) {
    const button = Object.assign(document.createElement("button"), { className: "button", textContent: "Go on" });
    const words = Object.assign(document.createElement("p"), { className: "feed-end", textContent: `${why} ` });
    words.append(button);
    this.root.after(words);
    button.addEventListener("click", () => { words.remove(); this.failed = false; this.more(); });
  }

  end() {
    this.root.after(Object.assign(document.createElement("p"), { className: "feed-end", textContent: "That was all of it." }));
  }

  remove(id) {
    const at = this.tiles.findIndex((tile) => tile.id === id);
    if (at < 0) return;
    const [tile] = this.tiles.splice(at, 1);
    const { element } = tile;
    const focused = element?.contains(document.activeElement);
    this.shown.delete(tile);
    element?.remove();
    this.layOut();
    if (focused) this.tiles[Math.min(at, this.tiles.length - 1)]?.element?.focus({ preventScroll: true });
  }

  restore(tile, at) {
    this.tiles.splice(at, 0, tile);
    this.layOut();
  }

  find(id) {
    const at = this.tiles.findIndex((tile) => tile.id === id);
    return at < 0 ? null : { at, tile: this.tiles[at] };
  }

  step(by) {
    const here = this.tiles.findIndex((tile) => tile.element?.contains(document.activeElement));
    const visible = this.tiles.findIndex((tile) => tile.top + this.root.getBoundingClientRect().top >= 0);
    const to = here < 0 ? visible : here + by;
    const at = Math.max(0, Math.min(this.tiles.length - 1, to));
    const tile = this.tiles[at];
    if (!tile) return;
    const y = tile.top + this.root.getBoundingClientRect().top + scrollY;
    if (y < scrollY + 90 || y + tile.height > scrollY + innerHeight) scrollTo({ top: y - innerHeight / 4 });
    this.show();
    if (!this.shown.has(tile)) this.join(at);
    tile.element.focus({ preventScroll: true });
  }

  onKey(event) {
    if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      this.step(event.key === "PageDown" ? 1 : -1);
    } else if (event.key === "Enter" && event.target.classList.contains("tile")) {
      event.target.querySelector(".photo").click();
    } else if (event.ctrlKey && (event.key === "End" || event.key === "Home")) {
      event.preventDefault();
      const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")].filter((e) => !this.root.contains(e) && e.offsetParent);
      const isAfter = (e) => this.root.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
      (event.key === "End" ? all.find(isAfter) : all.filter((e) => !isAfter(e)).at(-1))?.focus();
    }
  }

  remember() {
    const texts = new Map(); // shells and tokens, which many tiles share, by their place in the list that is kept
    const placeOf = (text) => texts.get(text) ?? (texts.set(text, texts.size), texts.size - 1);
    const tiles = this.tiles.slice(0, KEPT_TILES).map(({ id, shape, token, kept, element }) => {
      const [shell, ...own] = kept ?? strip(element);
      return [id, shape, placeOf(token ?? ""), placeOf(shell), ...own];
    });
    const next = this.tiles.length > KEPT_TILES ? "" : this.next;
    const kept = JSON.stringify({ y: scrollY, next, tiles, texts: [...texts.keys()] });
    try { sessionStorage.setItem(this.key, kept); } catch { sessionStorage.removeItem(this.key); /* no room: Back begins at the top */ }
  }

  remembered() {
    const [navigation] = performance.getEntriesByType("navigation");
    if (navigation?.type !== "back_forward") return null;
    try { return JSON.parse(sessionStorage.getItem(this.key)); } catch { return null; }
  }
}

const feeds = new WeakMap();

export function startFeeds(within) {
  for (const root of within.querySelectorAll(".feed")) if (!feeds.has(root)) feeds.set(root, new Feed(root));
}

/** The feed that a tile is in, or the first of the page. */
export const feedOf = (element) => feeds.get(element?.closest(".feed") ?? document.querySelector(".feed"));
