// Who signed what: signatures marked by keyboard, and made a part or given to somebody.
"use strict";

(() => {
  const { find, say, sayAfter, send, waits, remember, done, undo, start, keys } = curating;
  const list = find("signed-list"), desk = find("desk"), to = find("desk-to");
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const item = (box) => box.closest("li");
  let busy = false;

  // Signatures that stand on other pages of the list, fetched when first meant, and those marked.
  const elsewhere = new Set();
  let rest = null;
  async function others() {
    if (rest) return rest;
    const pages = Number(list.dataset.pages), here = Number(list.dataset.page), found = [];
    for (let number = 1; number <= pages; number++) {
      if (number === here) continue;
      const address = new URL(location.href);
      address.searchParams.set("page", number);
      address.hash = "";
      const answer = await fetch(address, { credentials: "omit", headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error("The other pages of the list could not be read.");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found.push(...[...page.querySelectorAll("#signed-list > li")].map((one) => ({
        value: one.querySelector("input").value, shared: one.dataset.with.split(" ").filter(Boolean),
      })));
    }
    return (rest = found);
  }

  const marked = () => [...boxes.filter((box) => box.checked).map((box) => box.value), ...elsewhere];
  function count() {
    find("marked").textContent = `${marked().length} marked${elsewhere.size ? `, ${elsewhere.size} of them on other pages` : ""}`;
    desk.querySelectorAll("[data-do]").forEach((button) => {
      button.disabled = button.dataset.do === "undo" ? done().length === 0 : marked().length === 0;
    });
    boxes.forEach((box) => item(box).classList.toggle("chosen", box.checked));
  }
  async function markElsewhere(meant) {
    if (Number(list.dataset.pages) < 2) return;
    busy = true;
    try {
      for (const one of await others()) if (meant(one)) elsewhere.add(one.value);
    } catch (error) { say(error.message, true); }
    busy = false;
    count();
  }

  const at = () => boxes.indexOf(document.activeElement);
  function go(by) {
    const place = Math.min(boxes.length - 1, Math.max(0, at() + by));
    boxes[place]?.focus();
    boxes[place] && item(boxes[place]).scrollIntoView({ block: "nearest" });
  }
  function mark() { if (at() >= 0) { boxes[at()].checked = !boxes[at()].checked; count(); } else go(1); }
  async function all() {
    if (busy) return;
    const every = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !every; });
    elsewhere.clear();
    count();
    if (!every) await markElsewhere(() => true);
  }

  // Who stands with somebody of this paper may be the same person there too: one step, no chain.
  async function withThis() {
    if (busy || at() < 0) return;
    const numbers = (box) => item(box).dataset.with.split(" ").filter(Boolean);
    const mine = new Set(numbers(boxes[at()]));
    boxes[at()].checked = true;
    boxes.forEach((box) => { if (numbers(box).some((one) => mine.has(one))) box.checked = true; });
    count();
    await markElsewhere((one) => one.shared.some((other) => mine.has(other)));
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
        row: list.dataset.row, verdict: "split", signatures: marked(),
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
