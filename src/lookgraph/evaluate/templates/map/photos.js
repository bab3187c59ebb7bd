// Where the small photos come from: sheets inside the page ("sheets"), or addresses of the site ("addresses").
import { column } from "./columns.js";

const KEPT = 600;

export function openPhotos(photos, changed) {
  return photos.kind === "sheets" ? new Sheets(photos, changed) : new Addresses(photos, changed);
}

class Sheets {
  constructor({ side, across, slots, ratios, sheets }, changed) {
    Object.assign(this, { side, across, slots, ratios: column(ratios), perSheet: across * across });
    this.images = sheets.map((source) => loaded(source, changed));
  }

  slot(item) { return this.slots ? this.slots[item] - 1 : item; }

  has(item) { return this.slot(item) >= 0; }

  // In a sheet every photo is a square; here it gets its own shape back.
  shape(item, side) {
    const ratio = this.ratios[this.slot(item)] / 1000;
    return [side * Math.min(1, ratio), side * Math.min(1, 1 / ratio)];
  }

  draw(context, item, x, y, side) {
    const slot = this.slot(item), image = this.images[Math.floor(slot / this.perSheet)], at = slot % this.perSheet;
    if (slot < 0 || !image?.complete || !image.naturalWidth) return false;
    const from = [(at % this.across) * this.side, Math.floor(at / this.across) * this.side];
    const [width, height] = this.shape(item, side);
    context.drawImage(image, ...from, this.side, this.side, x + (side - width) / 2, y + (side - height) / 2, width, height);
    return true;
  }

  element(item, side, text) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * this.side;
    canvas.style.width = canvas.style.height = `${side}px`;
    if (text) canvas.setAttribute("role", "img");
    canvas.setAttribute(text ? "aria-label" : "aria-hidden", text || "true");
    const context = canvas.getContext("2d");
    if (!this.draw(context, item, 0, 0, canvas.width)) {
      const image = this.images[Math.floor(this.slot(item) / this.perSheet)];
      image?.addEventListener("load", () => this.draw(context, item, 0, 0, canvas.width), { once: true });
    }
    return canvas;
  }
}

class Addresses {
  constructor({ pattern, hashes }, changed) {
    Object.assign(this, { pattern, hashes, changed, kept: new Map() });
  }

  address(item) { return this.pattern.replace("{hash}", this.hashes[item]); }

  has() { return true; }

  shape(item, side) {
    const image = this.kept.get(item), longest = Math.max(image?.naturalWidth ?? 1, image?.naturalHeight ?? 1);
    return [image?.naturalWidth ?? 1, image?.naturalHeight ?? 1].map((length) => (side * length) / longest);
  }

  draw(context, item, x, y, side) {
    let image = this.kept.get(item);
    if (!image) {
      image = loaded(this.address(item), this.changed);
      this.kept.set(item, image);
      if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    }
    if (!image.complete || !image.naturalWidth) return false;
    const [width, height] = this.shape(item, side);
    context.drawImage(image, x + (side - width) / 2, y + (side - height) / 2, width, height);
    return true;
  }

  element(item, side, text) {
    const image = document.createElement("img");
    Object.assign(image, { src: this.address(item), alt: text, width: side, height: side });
    return image;
  }
}

function loaded(source, changed) {
  const image = new Image();
  image.addEventListener("load", changed, { once: true });
  image.src = source;
  return image;
}
