// A thumbhash as a picture. Source: the ThumbHash format, Evan Wallace, https://evanw.github.io/thumbhash/.
const { PI, cos, max, min, round } = Math;
const SIDE = 16;

function read(hash) {
  const head = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const tail = hash[3] | (hash[4] << 8);
  const landscape = tail >> 15;
  const across = max(3, landscape ? 7 : tail & 7);
  const down = max(3, landscape ? tail & 7 : 7);
  let at = 10; // in half bytes
  const waves = (nx, ny, scale) => {
    const found = [];
    for (let cy = 0; cy < ny; cy++)
      for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx++, at++)
        found.push({ cx, cy, size: (((hash[at >> 1] >> ((at & 1) << 2)) & 15) / 7.5 - 1) * scale });
    return found;
  };
  return {
    landscape,
    ratio: across / down,
    dc: [(head & 63) / 63, ((head >> 6) & 63) / 31.5 - 1, ((head >> 12) & 63) / 31.5 - 1],
    ac: [
      waves(across, down, ((head >> 18) & 31) / 31),
      waves(3, 3, (((tail >> 3) & 63) / 63) * 1.25),
      waves(3, 3, (((tail >> 9) & 63) / 63) * 1.25),
    ],
  };
}

let canvas;

/** The address of a small picture that a thumbhash (base64) stands for. */
export function thumbhashUrl(base64) {
  const { dc, ac, ratio } = read(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  const w = round(ratio > 1 ? SIDE : SIDE * ratio);
  const h = round(ratio > 1 ? SIDE / ratio : SIDE);
  canvas ??= document.createElement("canvas");
  canvas.width = w;
  canvas.height = h;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const image = pen.createImageData(w, h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [l, p, q] = dc.map((mean, channel) =>
        ac[channel].reduce(
          (sum, { cx, cy, size }) =>
            sum + 2 * size * cos((PI / w) * (x + 0.5) * cx) * cos((PI / h) * (y + 0.5) * cy),
          mean,
        ),
      );
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      image.data.set([r, r - q, b, 1].map((v) => max(0, 255 * min(1, v))), (y * w + x) * 4);
    }
  pen.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
