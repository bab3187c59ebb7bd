// A short word at the bottom of the window, with what can be done about it.
const STAYS_MS = 7000;

/** Say something; actions are [word, function] pairs. It stays while it has the focus or the pointer. */
export function toast(words, ...actions) {
  const place = document.getElementById("toasts");
  const box = Object.assign(document.createElement("div"), { className: "toast" });
  box.append(Object.assign(document.createElement("p"), { textContent: words }));
  for (const [word, act] of actions) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: word });
    button.addEventListener("click", () => { box.remove(); act(); });
    box.append(button);
  }
  place.replaceChildren(box);
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : box.remove());
  setTimeout(leave, STAYS_MS);
}
