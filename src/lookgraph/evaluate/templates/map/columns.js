// The map's document, unpacked: see lookgraph/evaluate/chart.py for what is in it.
const KINDS = { uint16: Uint16Array, uint32: Uint32Array };
const FULL = 65535;

export function column({ type, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new KINDS[type](bytes.buffer);
}

export function unpack(document_) {
  const { links } = document_;
  const shares = (packed) => packed && Float32Array.from(column(packed), (value) => value / FULL);
  const across = column(document_.x), up = column(document_.y);
  const places = new Float32Array(2 * document_.n);
  for (let i = 0; i < document_.n; i++) {
    places[2 * i] = across[i] / FULL;
    places[2 * i + 1] = up[i] / FULL;
  }
  return {
    ...document_,
    places,
    colourings: document_.colourings.map((each) => ({ ...each, codes: column(each.codes) })),
    links: {
      ...links,
      starts: column(links.starts),
      sources: column(links.sources),
      weights: shares(links.weights),
      own: shares(links.own),
    },
  };
}

// What an item hears, the strongest first: [{ item, weight }].
export function neighboursOf(map, item) {
  const { starts, sources, weights } = map.links;
  const found = [];
  for (let at = starts[item]; at < starts[item + 1]; at++) found.push({ item: sources[at], weight: weights[at] });
  return found.sort((a, b) => b.weight - a.weight);
}

// The value of an item in a colouring, or "" where it has none.
export const valueOf = (colouring, item) => colouring.values[colouring.codes[item] - 1] ?? "";
