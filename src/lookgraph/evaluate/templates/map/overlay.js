// What lies over the points: photos where there is room, the names of clusters, the links of the chosen item.
const PHOTO_PX = 46;
const ROOM = 0.9;  // of the stage that photos may cover, did none lie over another
const WIDEST_PX = 10;
const PX_A_SHARE = 28;  // an eleventh of the attention is a line of 2.5 pixels
const FINER_FROM = 2.5;  // times the whole map
const FONT = "600 13px system-ui, sans-serif";

export class Overlay {
  constructor(canvas, map, camera, photos) {
    Object.assign(this, { canvas, context: canvas.getContext("2d"), map, camera, photos, names: [], finerNames: [] });
  }

  // The names of a level of clusters, each at the item in the middle of it, and of the next finer one; none for an
  // attribute.
  nameAfter(colouring) {
    const levels = this.map.colourings.filter((each) => each.level !== undefined);
    const own = levels.indexOf(colouring), finer = Math.max(own, Math.min(1, levels.length - 1));
    this.names = own < 0 ? [] : middles(this.map, colouring);
    this.finerNames = own < 0 ? [] : middles(this.map, levels[finer]);
  }

  draw({ ratio, ink, paper, accent, hovered, chosen, links, withNames, isLit, tintOf }) {
    const { context, camera } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    if (links.length) this.drawLinks(chosen, links, accent, tintOf);
    else this.drawPhotos(isLit, tintOf);
    if (withNames) this.drawNames(ink, paper, links.length > 0);
    if (chosen >= 0 && !links.length) this.drawRing(chosen, accent);
    if (hovered >= 0) this.drawRing(hovered, ink);
  }

  at(item) { return this.camera.toScreen(this.map.places[2 * item], this.map.places[2 * item + 1]); }

  drawPhotos(isLit, tintOf) {
    const { camera, map } = this;
    const most = (ROOM * camera.width * camera.height) / PHOTO_PX ** 2, shown = [];
    for (let i = 0; i < map.n; i++) {
      if (!isLit(i) || !camera.sees(map.places[2 * i], map.places[2 * i + 1])) continue;
      shown.push(i);
      if (shown.length > most) return;
    }
    const side = Math.min(96, PHOTO_PX * Math.max(1, 0.6 * Math.sqrt(most / Math.max(shown.length, 1))));
    for (const item of shown) this.drawPhoto(item, side, tintOf(item));
  }

  // With a border in the colour of its dot.
  drawPhoto(item, side, tint) {
    if (!this.photos.has(item)) return;
    const [left, top] = this.at(item), { context } = this;
    context.save();
    const [width, height] = this.photos.shape(item, side);
    context.beginPath();
    context.roundRect(left - width / 2, top - height / 2, width, height, side / 10);
    context.clip();
    this.photos.draw(context, item, left - side / 2, top - side / 2, side);
    context.restore();
    Object.assign(context, { strokeStyle: tint, lineWidth: 2 });
    context.stroke();
  }

  drawLinks(chosen, links, accent, tintOf) {
    const { context } = this, strongest = Math.max(...links.map(({ weight }) => weight), 1e-6);
    const [left, top] = this.at(chosen);
    context.strokeStyle = accent;
    context.lineCap = "round";
    for (const { item, weight } of links) {
      const share = weight / strongest;
      context.lineWidth = Math.min(WIDEST_PX, 0.8 + PX_A_SHARE * weight);
      context.globalAlpha = 0.25 + 0.7 * share;
      context.beginPath();
      context.moveTo(...this.at(item));
      context.lineTo(left, top);
      context.stroke();
    }
    context.globalAlpha = 1;
    for (const { item } of [...links].reverse()) this.drawPhoto(item, 40, tintOf(item));
    this.drawPhoto(chosen, 60, accent);
  }

  drawRing(item, colour) {
    const [left, top] = this.at(item), { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(left, top, 11, 0, 2 * Math.PI);
    context.stroke();
  }

  // The largest first; a name that would lie over another one is left out until one zooms in.
  drawNames(ink, paper, quiet) {
    const { context, camera } = this, taken = [];
    Object.assign(context, { font: FONT, textAlign: "center", textBaseline: "middle", lineJoin: "round" });
    context.globalAlpha = quiet ? 0.55 : 1;
    for (const { text, item } of camera.zoom < FINER_FROM ? this.names : this.finerNames) {
      const [x, top] = this.at(item), half = context.measureText(text).width / 2 + 6;
      const left = Math.min(camera.width - half, Math.max(half, x));
      if (Math.abs(left - x) > half || top < 10 || top > camera.height - 10) continue;
      const box = [left - half, top - 11, left + half, top + 11];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      Object.assign(context, { lineWidth: 5, strokeStyle: paper, fillStyle: ink });
      context.strokeText(text, left, top);
      context.fillText(text, left, top);
    }
    context.globalAlpha = 1;
  }
}

function middles(map, colouring) {
  const members = colouring.values.map(() => []);
  colouring.codes.forEach((code, item) => code && members[code - 1].push(item));
  const found = members.map((items, index) => items.length && {
    text: colouring.values[index], n: items.length, item: middle(map.places, items),
  });
  return found.filter(Boolean).sort((a, b) => b.n - a.n);
}

function middle(places, items) {
  const median = (offset) => items.map((item) => places[2 * item + offset]).sort((a, b) => a - b)[items.length >> 1];
  const x = median(0), y = median(1);
  const far = (item) => (places[2 * item] - x) ** 2 + (places[2 * item + 1] - y) ** 2;
  return items.reduce((best, item) => (far(item) < far(best) ? item : best));
}
