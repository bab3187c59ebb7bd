// The interactive map. A page gives it an element with data-map: the address of the map's document, or #id of a JSON
// script in the page; and, beside it, what is shown where the map cannot be: [data-map-still] and [data-map-note].
import { Camera, takeGestures } from "./camera.js";
import { unpack } from "./columns.js";
import { buildFrame, make } from "./frame.js";
import { Overlay } from "./overlay.js";
import { photoOr, sayItem, sayNothing, titleOf } from "./panel.js";
import { classify, colours, isDark } from "./palette.js";
import { openPhotos } from "./photos.js";
import { openScatter } from "./scatter.js";

const STEP_PX = 120;
const NEAR_PX = 14;
const HEAP_PX = 90;
const SPREAD_PX = 130;
const MOST_ZOOM = 16;
const EVERYTHING = -1;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class LiveMap {
  constructor(root, map) {
    Object.assign(this, { root, map, hovered: -1, chosen: -1, links: [], lit: EVERYTHING, camera: new Camera() });
    this.parts = buildFrame(root, map);
    this.scatter = openScatter(this.parts.points, map);
    if (!this.scatter) throw new Error("this browser has no WebGL, or it is switched off");
    this.photos = openPhotos(map.photos, () => this.redraw());
    this.overlay = new Overlay(this.parts.over, map, this.camera, this.photos);
    this.listen();
    this.colourBy(0);
    sayNothing(this.parts.panel, map);
    new ResizeObserver(() => this.fit()).observe(this.parts.stage);
  }

  listen() {
    const { stage, colour, light, names, moves, points } = this.parts;
    takeGestures(stage, this.camera, {
      changed: () => { this.hover(-1); this.redraw(); },
      pointed: (left, top) => this.hover(left === null ? -1 : this.nearest(left, top), true),
      tapped: (left, top) => this.choose(this.nearest(left, top)),
    });
    stage.addEventListener("keydown", (event) => this.key(event));
    stage.addEventListener("blur", () => this.hover(-1));
    colour.addEventListener("change", () => this.colourBy(Number(colour.value)));
    light.addEventListener("change", () => this.showOnly(Number(light.value)));
    names.addEventListener("change", () => this.redraw());
    for (const button of moves) button.addEventListener("click", () => this.move(button.dataset.move));
    points.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      giveUp(this.root, "the graphics card was taken away while the map was drawn: reload the page to have the map again");
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    new MutationObserver(() => this.redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  fit() {
    const { stage, points, over } = this.parts, ratio = Math.min(window.devicePixelRatio || 1, 2);
    Object.assign(this.camera, { width: stage.clientWidth, height: stage.clientHeight });
    for (const canvas of [points, over]) {
      canvas.width = Math.round(stage.clientWidth * ratio);
      canvas.height = Math.round(stage.clientHeight * ratio);
    }
    this.ratio = ratio;
    this.redraw();
  }

  colourBy(index) {
    this.colouring = this.map.colourings[index];
    this.classes = classify(this.colouring);
    this.overlay.nameAfter(this.colouring);
    const { light } = this.parts, all = [...this.classes.legend, ...this.classes.rest];
    light.replaceChildren(make("option", { value: EVERYTHING }, "everything"),
      ...all.map(({ code, name, count }) => make("option", { value: code }, `${name} (${count})`)));
    this.showOnly(EVERYTHING);
  }

  showOnly(code) {
    this.lit = code;
    this.parts.light.value = code;
    this.isLit = code === EVERYTHING ? () => true : (item) => this.colouring.codes[item] === code;
    this.scatter.paint(this.classes.classes, this.isLit);
    this.drawLegend();
    this.redraw();
  }

  drawLegend() {
    const { legend, nOther, nUnknown, rest } = this.classes;
    const swatch = (colour) => make("i", { className: "map-swatch", data: { colour } });
    const rows = legend.map(({ code, colour, name, count }) => {
      const button = make("button", { type: "button", "aria-pressed": String(this.lit === code) }, swatch(colour), `${name} `, make("small", {}, count.toLocaleString("en")));
      button.addEventListener("click", () => this.showOnly(this.lit === code ? EVERYTHING : code));
      return make("li", {}, button);
    });
    const others = [nOther && `${rest.length} others (${nOther.toLocaleString("en")})`, nUnknown && `unknown (${nUnknown.toLocaleString("en")})`].filter(Boolean);
    if (others.length) rows.push(make("li", {}, make("span", {}, swatch(0), others.join(", "))));
    this.parts.legend.replaceChildren(...rows);
  }

  // The item under a place of the stage, -1 where there is none; what is in the shade is not found.
  nearest(left, top, reach = NEAR_PX) {
    const { map, camera } = this;
    let best = -1, least = reach ** 2;
    for (let i = 0; i < map.n; i++) {
      if (!this.isLit(i)) continue;
      const [x, y] = camera.toScreen(map.places[2 * i], map.places[2 * i + 1]), far = (x - left) ** 2 + (y - top) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  hover(item) {
    if (item === this.hovered) return;
    this.hovered = item;
    this.parts.stage.classList.toggle("on-item", item >= 0);
    this.placeTip(item);
    this.redraw();
  }

  placeTip(item) {
    const { tip, stage } = this.parts;
    tip.hidden = item < 0;
    if (item < 0) return;
    const title = titleOf(this.map, item);
    const cluster = this.map.colourings.filter((each) => each.level !== undefined).slice(0, 2).at(-1);
    tip.replaceChildren(photoOr(this.photos, item, 96, title), make("b", {}, title), make("span", {}, cluster.values[cluster.codes[item] - 1]));
    const [x, y] = this.overlay.at(item);
    const left = Math.min(Math.max(x - tip.offsetWidth / 2, 6), stage.clientWidth - tip.offsetWidth - 6);
    const above = y - tip.offsetHeight - 18;
    tip.style.transform = `translate(${left}px, ${above > 0 ? above : Math.min(y + 18, stage.clientHeight - tip.offsetHeight - 6)}px)`;
  }

  choose(item) {
    const { panel, live } = this.parts;
    this.chosen = item;
    this.hover(-1);
    if (item < 0) {
      this.links = [];
      sayNothing(panel, this.map);
    } else {
      this.links = sayItem(panel, this.map, this.photos, item, {
        goTo: (other) => { this.choose(other); this.bringIn(other); this.parts.stage.focus({ preventScroll: true }); },
        pointAt: (other) => this.hover(other),
      });
      this.spread(item);
      live.textContent = `${titleOf(this.map, item)}: ${this.links.length} neighbours are listed beside the map.`;
    }
    this.redraw();
  }

  // Zoom in where the neighbours would lie on one heap.
  spread(item) {
    const [x, y] = this.overlay.at(item);
    const far = this.links.map((link) => this.overlay.at(link.item)).map(([left, top]) => Math.hypot(left - x, top - y));
    const most = far.sort((a, b) => a - b)[far.length >> 1];
    if (!(most < HEAP_PX)) return;
    const { places } = this.map;
    this.camera.zoomBy(Math.min(MOST_ZOOM, SPREAD_PX / Math.max(most, 1)), x, y);
    this.camera.moveTo(places[2 * item], places[2 * item + 1]);
  }

  bringIn(item) {
    const { places } = this.map;
    if (!this.camera.sees(places[2 * item], places[2 * item + 1], 40)) this.camera.moveTo(places[2 * item], places[2 * item + 1]);
  }

  key(event) {
    const arrow = ARROWS[event.key], { camera } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow && event.shiftKey) camera.panBy(STEP_PX * arrow[0], STEP_PX * arrow[1]);
    else if (arrow) this.step(arrow);
    else if (event.key === "Enter" || event.key === " ") this.choose(this.hovered >= 0 ? this.hovered : this.chosen);
    else if (event.key === "Escape") this.choose(-1);
    else if (event.key === "+" || event.key === "=") camera.zoomBy(1.5, ...this.middle());
    else if (event.key === "-") camera.zoomBy(1 / 1.5, ...this.middle());
    else if (event.key === "0" || event.key === "Home") camera.whole();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (this.hovered >= 0) this.placeTip(this.hovered);
    this.redraw();
  }

  // Keys zoom around the item that they have reached.
  middle() {
    const item = this.hovered >= 0 ? this.hovered : this.chosen;
    return item >= 0 ? this.overlay.at(item) : [this.camera.width / 2, this.camera.height / 2];
  }

  step([right, down]) {
    const { map, camera, overlay } = this, from = this.hovered >= 0 ? this.hovered : this.chosen;
    let best = -1, least = Infinity;
    if (from < 0) best = this.nearest(camera.width / 2, camera.height / 2, Infinity);
    else {
      const [x, y] = overlay.at(from);
      for (let i = 0; i < map.n; i++) {
        if (i === from || !this.isLit(i)) continue;
        const [left, top] = overlay.at(i), ahead = (left - x) * right + (top - y) * down;
        const aside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
        if (ahead <= 0 || aside > 1.5 * ahead) continue;
        if (ahead + 2 * aside < least) [best, least] = [i, ahead + 2 * aside];
      }
    }
    if (best < 0) return;
    this.bringIn(best);
    this.hover(best);
    this.parts.live.textContent = titleOf(map, best);
  }

  move(how) {
    const { camera } = this;
    if (how === "in") camera.zoomBy(1.6);
    else if (how === "out") camera.zoomBy(1 / 1.6);
    else if (how === "whole") camera.whole();
    else camera.panBy(...{ left: [-STEP_PX, 0], right: [STEP_PX, 0], up: [0, -STEP_PX], down: [0, STEP_PX] }[how]);
    this.redraw();
  }

  redraw() { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); }); }

  draw() {
    const { root, camera, parts } = this, style = getComputedStyle(root), palette = colours(isDark(parts.stage));
    for (const swatch of parts.legend.querySelectorAll(".map-swatch")) swatch.style.background = palette[swatch.dataset.colour];
    parts.stage.style.touchAction = camera.zoom > 1 ? "none" : "pan-y";  // a finger scrolls the page past a whole map
    const [ink, paper, accent] = ["--ink", "--paper", "--accent"].map((name) => style.getPropertyValue(name).trim());
    this.scatter.draw(camera, palette, this.ratio);
    this.overlay.draw({
      ratio: this.ratio, ink, paper, accent, hovered: this.hovered, chosen: this.chosen, links: this.links,
      withNames: parts.names.checked, isLit: this.isLit, tintOf: (item) => palette[this.classes.classes[item]],
    });
    root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
  }
}

function giveUp(root, why) {
  root.hidden = true;
  for (const still of document.querySelectorAll("[data-map-still]")) still.hidden = false;
  for (const note of document.querySelectorAll("[data-map-note]")) {
    note.textContent = `The map cannot be moved here: ${why}.${document.querySelector("[data-map-still]") ? " This is its still picture." : ""}`;
    note.hidden = false;
  }
}

async function readDocument(where) {
  if (where.startsWith("#")) return JSON.parse(document.querySelector(where).textContent);
  const answer = await fetch(where);
  if (!answer.ok) throw new Error(`the map's data could not be loaded (${answer.status})`);
  return answer.json();
}

async function startMap(root) {
  root.hidden = false;
  for (const aside of document.querySelectorAll("[data-map-still], [data-map-note]")) aside.hidden = true;
  try {
    root.liveMap = new LiveMap(root, unpack(await readDocument(root.dataset.map)));
  } catch (error) {
    console.error(error);
    giveUp(root, error.message);
  }
}

for (const root of document.querySelectorAll("[data-map]")) startMap(root);
