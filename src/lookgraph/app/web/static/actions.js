// What buttons do without leaving the page: save and undo, choose a board, hide, not my style, why.
import { ask, failed } from "./asking.js";
import { report } from "./events.js";
import { feedOf } from "./feed.js";
import { toast } from "./toast.js";

const post = async (url, values) => (await ask(url, { method: "POST", body: new URLSearchParams(values) })).json();

function mark(form, saved) {
  const button = form?.querySelector(".save");
  if (!button) return;
  form.action = saved ? "/unsave" : "/save";
  button.classList.toggle("on", saved);
  button.setAttribute("aria-pressed", saved);
  button.textContent = saved ? "Saved" : "Save";
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^Saved?/, button.textContent));
}

export async function toggleSave(form) {
  const { item } = Object.fromEntries(new FormData(form));
  const tile = form.closest(".tile");
  try {
    if (new URL(form.action).pathname === "/unsave") {
      const { boards } = await post("/unsave", { item });
      mark(form, false);
      if (!boards.length) return toast("It was on none of your boards any more.");
      report("unsave", item, tile);
      const again = () => Promise.all(boards.map(({ id }) => post("/save", { item, board: id })));
      toast(`Taken back from ${boards.map(({ name }) => name).join(", ")}.`, ["Undo", () => again().then(() => { mark(form, true); report("save", item, tile); }, failed)]);
      return;
    }
    const saved = await post("/save", { item });
    mark(form, true);
    savedTo(item, saved, tile, () => mark(form, false));
  } catch (error) { failed(error); }
}

/** Say so; only a save that is new can be undone: one from before stays. */
function savedTo(item, { board, new: isNew }, tile, undone) {
  if (isNew) report("save", item, tile);
  const undo = ["Undo", () => post("/unsave", { item, board: board.id }).then(() => { undone(); report("unsave", item, tile); }, failed)];
  const other = ["Other board", () => chooseBoard(item, board, isNew, tile).catch(failed)];
  toast(isNew ? `Saved to ${board.name}.` : `It is on ${board.name} already.`, ...(isNew ? [undo, other] : [other]));
}

/** Let it be saved to a board, and taken off the one where it was saved just now. */
async function chooseBoard(item, from, isNewThere, tile) {
  const { boards } = await (await ask("/api/v1/boards")).json();
  const box = openWindow(`<h2>Save to which board?</h2><ul class="board-list"></ul><form class="inline"><label for="new-board">New board</label><input id="new-board" required maxlength="60"><button class="button">Create and save</button></form>`);
  const path = (board) => `/api/v1/boards/${board.id}/items/${encodeURIComponent(item)}`;
  const put = async (board) => (await (await ask(path(board), { method: "PUT" })).json()).new;
  const takeOff = (board) => ask(path(board), { method: "DELETE" });
  const move = async (to) => {
    try {
      const isNew = await put(to);
      const leaves = isNewThere && to.id !== from.id;
      if (leaves) await takeOff(from);
      box.close();
      const isSave = isNew && !leaves;
      if (isSave) report("save", item, tile);
      const undo = async () => {
        if (leaves) await put(from);
        if (isNew) await takeOff(to);
        if (isSave) report("unsave", item, tile);
        toast(leaves ? `Back on ${from.name}.` : `Taken back from ${to.name}.`);
      };
      const words = leaves ? `Moved to ${to.name}.` : isNew ? `Saved to ${to.name}, too.` : `It is on ${to.name} already.`;
      toast(words, ...(leaves || isNew ? [["Undo", () => undo().catch(failed)]] : []));
    } catch (error) { failed(error); }
  };
  for (const board of boards) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain" });
    button.append(board.name, Object.assign(document.createElement("small"), { textContent: board.id === from.id ? "saved here" : `${board.n_items} saved` }));
    button.addEventListener("click", () => move(board));
    const entry = document.createElement("li");
    entry.append(button);
    box.querySelector(".board-list").append(entry);
  }
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const named = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: box.querySelector("input").value }) };
    try { await move(await (await ask("/api/v1/boards", named)).json()); } catch (error) { failed(error); }
  });
}

/** A dialog with this content, and a way out. */
export function openWindow(html) {
  const box = Object.assign(document.createElement("dialog"), { className: "window" });
  box.innerHTML = `<button type="button" class="round closing" aria-label="Close">✕</button>${html}`;
  box.setAttribute("aria-label", box.querySelector("h2")?.textContent ?? "Window");
  document.body.append(box);
  box.querySelector(".closing").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("close", () => box.remove());
  box.showModal();
  return box;
}

export async function showWhy(item, of) {
  try {
    const answer = await ask(`/why/${encodeURIComponent(item)}?of=${encodeURIComponent(of)}`);
    openWindow(await answer.text());
  } catch (error) { failed(error); }
}

export async function sayTaste(kind, tile, item = tile.dataset.item) {
  const feed = tile && feedOf(tile);
  const found = feed?.find(item);
  try {
    const { style } = await post("/taste", { kind, item });
    if (kind === "hidden") report("hide", item, tile);
    if (found && kind !== "likes-style") feed.remove(item);
    const words = { hidden: "Hidden.", "not-my-style": `Less of “${style}”.`, "likes-style": `More of “${style}”.` }[kind];
    toast(words, ["Undo", async () => {
      try {
        await post("/taste", { kind, item, undo: "true" });
        if (kind === "hidden") report("unhide", item, tile);
        if (found && kind !== "likes-style") feed.restore(found.tile, found.at);
      } catch (error) { failed(error); }
    }]);
  } catch (error) { failed(error); }
}

async function setCover(board, item) {
  try {
    const { before } = await post(`/boards/${board}/cover`, { item });
    toast("It is the board’s cover now.", ["Undo", () => post(`/boards/${board}/cover`, { item: before ?? "" }).catch(failed)]);
  } catch (error) { failed(error); }
}

function openMenu(button) {
  const tile = button.closest(".tile");
  const mine = document.body.hasAttribute("data-may-save");
  const sheet = Object.assign(document.createElement("dialog"), { className: "menu-sheet" });
  sheet.setAttribute("aria-label", button.getAttribute("aria-label"));
  const add = (word, act) => {
    const entry = Object.assign(document.createElement("button"), { type: "button", textContent: word });
    entry.addEventListener("click", () => { sheet.close(); act(); });
    sheet.append(entry);
  };
  const form = tile.querySelector("[data-act=save]");
  if (form) add(form.querySelector(".on") ? "Take back the save" : "Save", () => toggleSave(form));
  if (button.dataset.of) add("Why this one?", () => showWhy(tile.dataset.item, button.dataset.of));
  const board = mine && tile.querySelector("[data-act=remove] [name=board]")?.value;
  if (board) add("Make it the board’s cover", () => setCover(board, tile.dataset.item));
  add("More like this", () => tile.querySelector(".photo").click());
  if (mine) {
    add("Hide this", () => sayTaste("hidden", tile));
    add("Not my style", () => sayTaste("not-my-style", tile));
  }
  document.body.append(sheet);
  const { right, bottom, top } = button.getBoundingClientRect();
  sheet.addEventListener("close", () => { sheet.remove(); if (button.isConnected) button.focus({ preventScroll: true }); });
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.showModal();
  const { width, height } = sheet.getBoundingClientRect();
  const y = bottom + height + 8 < innerHeight ? bottom + 6 : Math.max(8, top - height - 6);
  Object.assign(sheet.style, { position: "fixed", inset: "auto", left: `${Math.max(8, Math.min(innerWidth - width - 8, right - width))}px`, top: `${y}px` });
}

async function onSubmit(event) {
  const form = event.target;
  if (form.dataset.confirm && !form.dataset.sure) {
    event.preventDefault();
    const box = openWindow(`<h2></h2><p class="row"><button type="button" class="button" data-yes>Yes</button><button type="button" class="plain" data-no>No</button></p>`);
    box.querySelector("h2").textContent = form.dataset.confirm;
    box.querySelector("[data-no]").addEventListener("click", () => box.close());
    box.querySelector("[data-yes]").addEventListener("click", () => { form.dataset.sure = "1"; box.close(); form.requestSubmit(); });
    return;
  }
  const act = form.dataset.act;
  if (!act) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  if (act === "save") await toggleSave(form);
  else if (act === "taste") await sayTaste(values.kind, null, values.item);
  else if (act === "save-to") {
    try {
      savedTo(values.item, await post("/save", values), null, () => {});
    } catch (error) { failed(error); }
  } else if (act === "remove") {
    const feed = feedOf(form);
    const found = feed.find(values.item);
    const shown = form.closest(".tile");
    try {
      const { boards } = await post("/unsave", values);
      feed.remove(values.item);
      if (boards.length) report("unsave", values.item, shown);
      toast("Removed.", ["Undo", () => post("/save", values).then(({ new: isNew }) => { feed.restore(found.tile, found.at); if (isNew) report("save", values.item, shown); }, failed)]);
    } catch (error) { failed(error); }
  }
}

export function startActions() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", (event) => {
    const dots = event.target.closest("[data-menu]");
    if (dots) openMenu(dots);
    const reason = event.target.closest("[data-why]");
    if (reason) {
      event.preventDefault();
      const shown = reason.closest(".tile");
      showWhy(shown.dataset.item, shown.querySelector("[data-of]").dataset.of);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
