// Eight colours that people with any colour vision tell apart, for light and for dark pages, and a grey for the rest.
// Source: Paul Tol's qualitative schemes "muted" and "light", SRON/EPS/TN/09-002.
const LIGHT = ["#cc6677", "#332288", "#c9a93b", "#117733", "#4aa3d1", "#882255", "#44aa99", "#999933"];
const DARK = ["#ee8866", "#77aadd", "#eedd88", "#44bb99", "#99ddff", "#ffaabb", "#bbcc33", "#aaaa00"];
const OTHER = { light: "#a9a49c", dark: "#6d6860" };
export const N_COLOURS = LIGHT.length;

export function isDark(element) {
  const [red, green, blue] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

// Colour 0 is everything without one of its own.
export const colours = (dark) => [dark ? OTHER.dark : OTHER.light, ...(dark ? DARK : LIGHT)];

// Which colour every item gets: the most frequent values have one each. Legend: [{ code, colour, name, count }].
export function classify(colouring) {
  const counts = new Uint32Array(colouring.values.length + 1);
  for (const code of colouring.codes) counts[code]++;
  const codes = [...colouring.values.keys()].map((index) => index + 1).filter((code) => counts[code]);
  codes.sort((a, b) => counts[b] - counts[a] || a - b);
  const colourOf = new Uint8Array(counts.length);
  const legend = codes.slice(0, N_COLOURS).map((code, index) => {
    colourOf[code] = index + 1;
    return { code, colour: index + 1, name: colouring.values[code - 1], count: counts[code] };
  });
  const rest = codes.slice(N_COLOURS);
  return {
    classes: Uint8Array.from(colouring.codes, (code) => colourOf[code]),
    legend,
    rest: rest.map((code) => ({ code, name: colouring.values[code - 1], count: counts[code] })),
    nOther: rest.reduce((sum, code) => sum + counts[code], 0),
    nUnknown: counts[0],
  };
}

export const asNumbers = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
