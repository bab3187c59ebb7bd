// The box on a photo: drawn with a pointer, moved with arrow keys, chosen from presets, or typed in numbers.
import { ask, failed } from "./asking.js";
import { startFeeds } from "./feed.js";
import { toast } from "./toast.js";

const LEAST = 0.1;
const STEP = 0.02;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

class Crop {
  constructor(form) {
    this.form = form;
    this.stage = form.querySelector("[data-stage]");
    this.box = form.querySelector("[data-box]");
    this.part = null; // [left, top, width, height] in fractions; null: the whole photo
    form.querySelector("[data-exact]").hidden = false;
    for (const radio of form.querySelectorAll("[name=box]"))
      radio.addEventListener("change", () => this.set(radio.value ? radio.value.split(",").map(Number) : null));
    for (const input of form.querySelectorAll("[data-side]")) input.addEventListener("change", () => this.typed());
    this.stage.addEventListener("pointerdown", (event) => this.drag(event));
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    form.addEventListener("submit", (event) => { event.preventDefault(); if (event.submitter?.hasAttribute("data-keep")) this.keep(); else this.search(); });
    const drop = form.querySelector("[data-drop]");
    if (drop) {
      form.noValidate = true; // a dropped or pasted photo is not in the input; `sent` asks for one where there is none
      this.takeFiles(drop);
    }
  }

  set(part, preset = true) {
    this.part = part;
    this.box.hidden = !part;
    if (part) {
      const [left, top, width, height] = part.map((value) => `${value * 100}%`);
      Object.assign(this.box.style, { left, top, width, height });
    }
    const shown = part ?? [0, 0, 1, 1];
    [...this.form.querySelectorAll("[data-side]")].forEach((input, at) => { input.value = Math.round(shown[at] * 100); });
    if (!preset) for (const radio of this.form.querySelectorAll("[name=box]")) radio.checked = false;
    const words = ["from the left", "from the top", "wide", "high"].map((word, at) => `${Math.round(shown[at] * 100)} % ${word}`);
    this.form.querySelector("[data-said]").textContent = part ? `Part: ${words.join(", ")}` : "The whole photo";
  }

  typed() {
    const [left, top, width, height] = [...this.form.querySelectorAll("[data-side]")].map((input) => clamp(Number(input.value) / 100 || 0, 0, 1));
    this.set(this.fitted([left, top, width, height]), false);
  }

  fitted([left, top, width, height]) {
    const w = clamp(width, LEAST, 1);
    const h = clamp(height, LEAST, 1);
    return [clamp(left, 0, 1 - w), clamp(top, 0, 1 - h), w, h];
  }

  onKey(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") { event.preventDefault(); this.search(); }
    if (event.key === "Escape") {
      const whole = this.form.querySelector("[name=box]");
      whole.click();
      whole.focus(); // the box, which had the focus, is gone
      return;
    }
    if (!way) return;
    event.preventDefault();
    const [left, top, width, height] = this.part;
    const [x, y] = way.map((each) => each * STEP);
    this.set(this.fitted(event.shiftKey ? [left, top, width + x, height + y] : [left + x, top + y, width, height]), false);
  }

  drag(event) {
    if (event.button || (event.pointerType === "touch" && !event.target.closest("[data-box]"))) return;
    const frame = this.stage.getBoundingClientRect();
    const at = (e) => [clamp((e.clientX - frame.left) / frame.width, 0, 1), clamp((e.clientY - frame.top) / frame.height, 0, 1)];
    const [startX, startY] = at(event);
    const corner = event.target.closest("i");
    const inside = event.target.closest("[data-box]");
    const before = this.part;
    let fixed = [startX, startY];
    if (corner) {
      const index = [...this.box.children].indexOf(corner);
      fixed = [index % 2 ? before[0] : before[0] + before[2], index < 2 ? before[1] + before[3] : before[1]];
    }
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    const move = (e) => {
      const [x, y] = at(e);
      if (inside && !corner) this.set(this.fitted([before[0] + x - startX, before[1] + y - startY, before[2], before[3]]), false);
      else if (Math.abs(x - fixed[0]) > 0.02 || Math.abs(y - fixed[1]) > 0.02)
        this.set(this.fitted([Math.min(x, fixed[0]), Math.min(y, fixed[1]), Math.abs(x - fixed[0]), Math.abs(y - fixed[1])]), false);
    };
    const end = () => { this.stage.removeEventListener("pointermove", move); if (this.part !== before) { this.box.focus({ preventScroll: true }); this.search(); } };
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", end, { once: true });
    this.stage.addEventListener("pointercancel", () => this.stage.removeEventListener("pointermove", move), { once: true });
  }

  takeFiles(drop) {
    const input = drop.querySelector("input");
    const take = (file) => {
      if (!file || !file.type.startsWith("image/")) { toast("That is no photo."); return; }
      const most = Number(drop.dataset.maxBytes);
      if (file.size > most) {
        input.value = "";
        toast(`${file.name} has ${(file.size / 1e6).toFixed(1)} MB, at most ${Math.round(most / 1e6)} MB are taken in: make it smaller first.`);
        return;
      }
      this.file = file;
      const preview = this.form.querySelector("[data-preview]");
      URL.revokeObjectURL(preview.src);
      preview.src = URL.createObjectURL(file);
      this.stage.hidden = false;
      this.form.querySelector("[data-parts]").classList.remove("waiting");
      drop.classList.add("small");
      this.form.querySelector("[name=box]").checked = true;
      this.set(null);
      this.search();
    };
    input.addEventListener("change", () => take(input.files[0]));
    for (const kind of ["dragover", "dragleave", "drop"])
      document.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", kind === "dragover");
        if (kind === "drop") take(event.dataTransfer.files[0]);
      });
    document.addEventListener("paste", (event) => event.clipboardData.files[0] && take(event.clipboardData.files[0]));
  }

  /** What is sent: the photo, if one is asked for, and the part; null while none is chosen. */
  sent() {
    const sent = new FormData();
    if (this.form.querySelector("[name=photo]")) {
      if (!this.file) { this.form.querySelector("[name=photo]").reportValidity(); return null; }
      sent.set("photo", this.file);
    }
    sent.set("box", this.part ? this.part.map((value) => value.toFixed(4)).join(",") : "");
    return sent;
  }

  async keep() {
    const sent = this.sent();
    if (!sent) return;
    sent.set("board", this.form.querySelector("[name=board]")?.value ?? "");
    try {
      const { id, board } = await (await ask("/photo/keep", { method: "POST", body: sent })).json();
      const undo = () => ask(`/kept/${id}/delete`, { method: "POST" }).then(() => toast("Deleted."), failed);
      toast(`Saved to ${board.name}.`, ["Undo", undo], ["See the board", () => location.assign(`/boards/${board.id}`)]);
    } catch (error) { failed(error); }
  }

  async search() {
    const results = document.getElementById(this.form.dataset.results);
    const sent = this.sent();
    if (!sent) return;
    results.classList.add("busy");
    results.setAttribute("aria-busy", "true");
    const asked = (this.asked = (this.asked ?? 0) + 1);
    try {
      const answer = await fetch(this.form.action, { method: "POST", headers: { "X-Part": "1" }, body: sent });
      if (asked !== this.asked) return;
      results.innerHTML = await answer.text();
      const n = results.querySelectorAll(".tile").length;
      const heading = results.querySelector("h1, h2")?.textContent ?? "";
      this.form.querySelector("[data-said]").textContent = n ? `${heading}: ${n} photos` : heading;
      startFeeds(results);
    } catch {
      toast("The search did not get through. Please try again.");
    }
    results.classList.remove("busy");
    results.removeAttribute("aria-busy");
  }
}

export function startCrops(within) {
  for (const form of within.querySelectorAll("[data-crop]")) new Crop(form);
}
