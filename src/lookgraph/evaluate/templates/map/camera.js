// Which part of the map is seen, and the gestures that change it: wheel, drag, pinch; buttons and keys call its methods.
const MOST = 80;
const MARGIN = 0.94;  // of the stage that the whole map fills
const TAP_PX = 6;

export class Camera {
  constructor() { Object.assign(this, { width: 1, height: 1, zoom: 1, x: 0.5, y: 0.5 }); }

  get scale() { return [this.width * MARGIN * this.zoom, this.height * MARGIN * this.zoom]; }

  toScreen(x, y) {
    const [across, up] = this.scale;
    return [(x - this.x) * across + this.width / 2, (this.y - y) * up + this.height / 2];
  }

  toMap(left, top) {
    const [across, up] = this.scale;
    return [(left - this.width / 2) / across + this.x, this.y - (top - this.height / 2) / up];
  }

  view() {
    const scale = 2 * MARGIN * this.zoom;
    return [scale, scale, -this.x * scale, -this.y * scale];
  }

  pointSize(n) {
    const whole = Math.min(12, Math.max(3.2, 0.52 * Math.sqrt((this.width * this.height) / n)));
    return Math.min(26, whole * this.zoom ** 0.4);
  }

  whole() { Object.assign(this, { zoom: 1, x: 0.5, y: 0.5 }); }

  zoomBy(factor, left = this.width / 2, top = this.height / 2) {
    const before = this.toMap(left, top);
    this.zoom = Math.min(MOST, Math.max(1, this.zoom * factor));
    const after = this.toMap(left, top);
    this.moveTo(this.x + before[0] - after[0], this.y + before[1] - after[1]);
  }

  panBy(right, down) {
    const [across, up] = this.scale;
    this.moveTo(this.x + right / across, this.y - down / up);
  }

  moveTo(x, y) {
    const half = 0.5 / this.zoom;
    this.x = Math.min(1 - half, Math.max(half, x));
    this.y = Math.min(1 - half, Math.max(half, y));
  }

  sees(x, y, edge = 0) {
    const [left, top] = this.toScreen(x, y);
    return left >= edge && top >= edge && left <= this.width - edge && top <= this.height - edge;
  }
}

// changed(): the camera has moved; pointed(left, top) hovers, pointed(null) leaves; tapped(left, top).
export function takeGestures(stage, camera, { changed, pointed, tapped }) {
  const fingers = new Map();
  let travelled = 0;
  const placeOf = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [[x1, y1], [x2, y2]] = [...fingers.values()];
    return { size: Math.hypot(x1 - x2, y1 - y2), middle: [(x1 + x2) / 2, (y1 + y2) / 2] };
  };
  stage.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && camera.zoom <= 1) return;  // nothing to zoom out of: the page scrolls on
    event.preventDefault();
    camera.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0018)), ...placeOf(event));
    changed();
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, placeOf(event));
    if (fingers.size === 1) travelled = 0;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const here = placeOf(event), before = fingers.get(event.pointerId);
    if (!before) { pointed(...here); return; }
    const old = fingers.size === 2 && spread();
    fingers.set(event.pointerId, here);
    travelled += Math.hypot(here[0] - before[0], here[1] - before[1]);
    if (old) {
      const now = spread();
      camera.panBy(old.middle[0] - now.middle[0], old.middle[1] - now.middle[1]);
      camera.zoomBy(now.size / Math.max(old.size, 1), ...now.middle);
    } else if (travelled > TAP_PX) {
      camera.panBy(before[0] - here[0], before[1] - here[1]);
    }
    changed();
  });
  const lifted = (event) => {
    const here = fingers.get(event.pointerId);
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && !fingers.size && travelled <= TAP_PX) tapped(...here);
    if (fingers.size) travelled = TAP_PX + 1;  // what is left of a pinch is no tap
  };
  stage.addEventListener("pointerup", lifted);
  stage.addEventListener("pointercancel", lifted);
  stage.addEventListener("pointerleave", () => pointed(null));
}
