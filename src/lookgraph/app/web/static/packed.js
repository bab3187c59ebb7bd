// Tiles as a feed keeps them for Back. They differ in a few texts only; what is left without those, their shell, needs
// to be kept once, so that thousands of tiles fit into what a browser stores for a tab.

const MARK = 0xe000; // Unicode's private use area: the first of its own texts, of which no page has any
const MARKS = /[\ue000-\ue01f]/g;

/** [shell, ...texts] of a tile as the server sent it; `fill` makes its HTML of them again. */
export function strip(element) {
  const tile = element.cloneNode(true);
  const photo = tile.querySelector(".photo");
  tile.removeAttribute("style");
  photo.removeAttribute("style");
  photo.classList.remove("there", "fades");
  const texts = textsOf(tile);
  const shell = texts.reduce((html, text, i) => html.replaceAll(text, String.fromCharCode(MARK + i)), tile.outerHTML);
  return [shell, ...texts];
}

export const fill = ([shell, ...texts]) => shell.replace(MARKS, (mark) => texts[mark.charCodeAt(0) - MARK]);

/** What a tile's HTML has of its own: the longest first, because one may be a part of another. */
function textsOf(tile) {
  const { item, hash } = tile.dataset;
  const folder = tile.querySelector("img").getAttribute("src").replace(/[^/]*$/, "");
  const words = [tile.getAttribute("aria-label"), tile.querySelector(".name span").textContent];
  const numbers = ["data-w", "data-h", "aria-posinset"].map((name) => `="${tile.getAttribute(name)}"`);
  const texts = [folder, item, encodeURIComponent(item), hash, ...words, ...numbers].filter((text) => text);
  return texts.sort((a, b) => b.length - a.length);
}
