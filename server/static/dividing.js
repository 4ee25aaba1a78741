// Who signed what: signatures marked by keyboard, and made a part or given to somebody.
"use strict";

(() => {
  const { find, say, sayAfter, send, waits, remember, done, undo, start, keys } = curating;
  const list = find("signed-list"), desk = find("desk"), to = find("desk-to");
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const item = (box) => box.closest("li");
  let busy = false;

  const marked = () => boxes.filter((box) => box.checked);
  function count() {
    find("marked").textContent = `${marked().length} marked`;
    desk.querySelectorAll("[data-do]").forEach((button) => {
      button.disabled = button.dataset.do === "undo" ? done().length === 0 : marked().length === 0;
    });
    boxes.forEach((box) => item(box).classList.toggle("chosen", box.checked));
  }

  const at = () => boxes.indexOf(document.activeElement);
  function go(by) {
    const place = Math.min(boxes.length - 1, Math.max(0, at() + by));
    boxes[place]?.focus();
    boxes[place] && item(boxes[place]).scrollIntoView({ block: "nearest" });
  }
  function mark() { if (at() >= 0) { boxes[at()].checked = !boxes[at()].checked; count(); } else go(1); }
  function all() {
    const every = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !every; });
    count();
  }

  // Who stands with somebody of this paper may be the same person there too: one step, no chain.
  function withThis() {
    if (at() < 0) return;
    const numbers = (box) => item(box).dataset.with.split(" ").filter(Boolean);
    const mine = new Set(numbers(boxes[at()]));
    boxes[at()].checked = true;
    boxes.forEach((box) => { if (numbers(box).some((one) => mine.has(one))) box.checked = true; });
    count();
  }

  function meant() {
    if (to.value) return to.value;
    const found = /(?:^|\/)(author\/[^/?#\s]+)/.exec(find("desk-else").value.trim());
    return found ? found[1].replace(/\.html$/, "") : "";
  }

  async function act(what) {
    if (busy) return;
    if (what === "undo" ? done().length === 0 : marked().length === 0) return;
    if (what === "move" && !meant()) { say("Say for whom: choose somebody, or give the address of their page.", true); (to.value ? to : find("desk-else")).focus(); return; }
    busy = true;
    try {
      if (what === "undo") { await undo(done().at(-1).decision); sayAfter("Taken back."); return; }
      const told = await send("decisions", {
        row: list.dataset.row, verdict: "split", signatures: marked().map((box) => box.value),
        reason: find("desk-reason").value.trim() || "marked by hand",
        knew: list.dataset.knew.split(" ").filter(Boolean), ...(what === "move" ? { to: meant() } : {}),
      });
      remember(told, "split");
      const many = marked().length;
      sayAfter(`Decided: ${many} ${many > 1 ? "signatures" : "signature"} ${what === "part" ? "made a person of their own" : "given"}; published as generation ${told.generation}.${waits(told)} ${told.problems.join(" ")}`.trim());
    } catch (error) { say(error.message, true); }
    busy = false;
  }

  list.addEventListener("change", count);
  to.addEventListener("change", () => { desk.querySelector(".else").hidden = Boolean(to.value); });
  desk.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => act(button.dataset.do)));
  const part = () => act("part"), move = () => act("move");
  keys({ j: () => go(1), k: () => go(-1), ArrowDown: () => go(1), ArrowUp: () => go(-1), x: mark, c: withThis, a: all, p: part, m: move, u: () => act("undo") });
  start(count);
})();
