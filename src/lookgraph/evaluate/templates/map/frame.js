// The elements around the map: its controls, its stage, its legend, and the panel beside it.
export function make(tag, properties = {}, ...children) {
  const { data = {}, ...own } = properties, element = document.createElement(tag);
  for (const [name, value] of Object.entries(own)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}

const MOVES = [
  ["in", "Zoom in", "+"], ["out", "Zoom out", "−"], ["whole", "Whole map", "⤢"],
  ["left", "Move left", "←"], ["up", "Move up", "↑"], ["down", "Move down", "↓"], ["right", "Move right", "→"],
];

export function buildFrame(root, map) {
  const colour = make("select", { id: "map-colour" });
  map.colourings.forEach((each, index) => colour.append(make("option", { value: index }, each.title)));
  const light = make("select", { id: "map-light" });
  const names = make("input", { type: "checkbox", checked: true, id: "map-names" });
  const moves = MOVES.map(([move, text, sign]) => make("button", { type: "button", title: text, "aria-label": text, data: { move } }, sign));
  const points = make("canvas", { className: "map-points" }), over = make("canvas", { className: "map-over" });
  const tip = make("div", { className: "map-tip", hidden: true });
  const stage = make("div", {
    className: "map-stage", tabIndex: 0, role: "application", "aria-roledescription": "map",
    "aria-label": `Map of ${map.n.toLocaleString("en")} photos. Arrow keys go from photo to photo, Enter shows a photo's `
      + "neighbours, plus and minus zoom, zero shows the whole map, Shift with an arrow moves it, Escape lets go.",
  }, points, over, tip);
  const legend = make("ul", { className: "map-legend", "aria-label": "Legend: choose one to see it alone" });
  const panel = make("div", { className: "map-panel" });
  const live = make("p", { className: "map-said", role: "status" });
  root.replaceChildren(
    make("div", { className: "map-bar" },
      make("label", { htmlFor: "map-colour" }, "Colour by ", colour),
      make("label", { htmlFor: "map-light" }, "Show ", light),
      make("label", { className: "map-check", htmlFor: "map-names" }, names, " Names"),
      make("div", { className: "map-moves", role: "group", "aria-label": "Move the map" }, ...moves)),
    make("div", { className: "map-body" }, make("div", { className: "map-left" }, stage, legend), panel),
    live);
  return { colour, light, names, moves, points, over, tip, stage, legend, panel, live };
}
