// What is said of an item: its photo, its attributes and clusters, and whom the network looks at from there.
import { neighboursOf, valueOf } from "./columns.js";
import { make } from "./frame.js";

const percent = (share) => (share >= 0.0995 ? `${Math.round(share * 100)} %` : `${(share * 100).toFixed(1)} %`);

// The two attributes with most values that are words say best what an item is.
export function titleOf(map, item) {
  const telling = map.colourings.filter((each) => each.level === undefined && each.values.length > 2 && isWords(each.values));
  telling.sort((a, b) => b.values.length - a.values.length);
  const words = telling.slice(0, 2).map((each) => valueOf(each, item)).filter(Boolean);
  const title = words.join(", ") || map.ids[item];
  return title[0].toUpperCase() + title.slice(1);
}

const isWords = (values) => values.filter((value) => /\d/.test(value)).length < values.length / 2;

export function photoOr(photos, item, side, text) {
  if (photos.has(item)) return photos.element(item, side, text);
  const blank = make("span", { className: "map-blank", title: "This photo is not among those in this page." }, "no photo here");
  blank.style.width = blank.style.height = `${side}px`;
  return blank;
}

export function sayNothing(panel, map) {
  const many = map.n < map.of ? `${map.n.toLocaleString("en")} of ${map.of.toLocaleString("en")} photos, evenly drawn` : `${map.n.toLocaleString("en")} photos`;
  panel.replaceChildren(
    make("h3", {}, "Choose a photo"),
    make("p", {}, `${many}. Point at a dot to see its photo, click it to see its neighbours and what the ${weighing(map)} gives each. Zoom in, and photos take the place of the dots.`),
    make("p", { className: "map-quiet" }, "Keys: arrows go from photo to photo, Enter chooses, + and − zoom, 0 shows all, Shift with an arrow moves the map."));
}

const weighing = (map) => (map.links.weighs === "attention" ? "graph network's attention" : "likeness");

// goTo(item) chooses another one, pointAt(item) shows where it lies.
export function sayItem(panel, map, photos, item, { goTo, pointAt }) {
  const links = neighboursOf(map, item), title = titleOf(map, item);
  const facts = make("dl", {});
  for (const each of map.colourings) {
    const value = valueOf(each, item);
    if (value) facts.append(make("dt", {}, each.title), make("dd", {}, value));
  }
  const name = map.itemAddress
    ? make("a", { href: map.itemAddress.replace("{id}", encodeURIComponent(map.ids[item])) }, title) : title;
  panel.replaceChildren(
    make("div", { className: "map-head" }, photoOr(photos, item, 112, title),
      make("div", {}, make("h3", {}, name), make("p", { className: "map-quiet" }, map.ids[item]))),
    facts,
    make("h3", {}, map.links.weighs === "attention" ? "What the graph network looks at" : "Its neighbours"),
    make("p", { className: "map-quiet" }, explained(map)),
    neighbourList(map, photos, links, { goTo, pointAt }),
    make("p", { className: "map-quiet" }, remainder(map, item, links)));
  return links;
}

function explained(map) {
  if (map.links.weighs === "cosine") return "The links of the graph with their cosine; there is no graph network that weighs them.";
  if (map.space === "encoder") {
    return "Its neighbours in the graph, with the network's attention to each. This lookbook searches the encoder's space, so attention does not decide what is recommended.";
  }
  return "Its neighbours in the graph, with the attention that the network's first layer gives each. Shares that are all alike mean that it takes their plain mean; what it has of the photo itself comes on top.";
}

function neighbourList(map, photos, links, { goTo, pointAt }) {
  const strongest = Math.max(...links.map(({ weight }) => weight), 1e-6), list = make("ol", { className: "map-links" });
  for (const { item, weight } of links) {
    const said = map.links.weighs === "attention" ? percent(weight) : weight.toFixed(2);
    const bar = make("i", { className: "map-weight" });
    bar.style.width = `${Math.max(3, (100 * weight) / strongest)}%`;
    const button = make("button", { type: "button", data: { item } }, photoOr(photos, item, 48, ""),
      make("span", { className: "map-of" }, make("b", {}, said), ` ${titleOf(map, item)}`, bar));
    button.addEventListener("click", () => goTo(item));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => pointAt(item));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => pointAt(-1));
    list.append(make("li", {}, button));
  }
  return list;
}

function remainder(map, item, links) {
  const { own } = map.links, parts = [];
  if (own && own[item] > 0) parts.push(`Its own photo gets ${percent(own[item])}.`);
  const left = own ? 1 - own[item] - links.reduce((sum, { weight }) => sum + weight, 0) : 0;
  if (left > 0.005) parts.push(`${percent(left)} goes to photos that are not on this map.`);
  if (!links.length) parts.push("None of its neighbours is on this map.");
  return parts.join(" ");
}
