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

const tables = new Map();

/** cos(pi (at + 1/2) wave / n) for every place and wave: the same for all pictures of one shape. */
function cosines(n) {
  if (!tables.has(n))
    tables.set(n, Array.from({ length: n }, (_, at) => Float64Array.from({ length: 8 }, (_, wave) => cos((PI / n) * (at + 0.5) * wave))));
  return tables.get(n);
}

function level(mean, waves, alongX, alongY) {
  let sum = mean;
  for (const { cx, cy, size } of waves) sum += 2 * size * alongX[cx] * alongY[cy];
  return sum;
}

/** The colours of w x h points, four bytes each. */
function paint(data, w, h, { dc, ac }) {
  const xs = cosines(w);
  const ys = cosines(h);
  for (let y = 0, at = 0; y < h; y++)
    for (let x = 0; x < w; x++, at += 4) {
      const l = level(dc[0], ac[0], xs[x], ys[y]);
      const p = level(dc[1], ac[1], xs[x], ys[y]);
      const q = level(dc[2], ac[2], xs[x], ys[y]);
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      data[at] = 255 * max(0, min(1, r));
      data[at + 1] = 255 * max(0, min(1, r - q));
      data[at + 2] = 255 * max(0, min(1, b));
      data[at + 3] = 255;
    }
}

let canvas;

/** The address of a small picture that a thumbhash (base64) stands for. */
export function thumbhashUrl(base64) {
  const picture = read(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  const w = round(picture.ratio > 1 ? SIDE : SIDE * picture.ratio);
  const h = round(picture.ratio > 1 ? SIDE / picture.ratio : SIDE);
  canvas ??= document.createElement("canvas");
  canvas.width = w;
  canvas.height = h;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const image = pen.createImageData(w, h);
  paint(image.data, w, h, picture);
  pen.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
