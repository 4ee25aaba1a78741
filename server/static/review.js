// The review desk: one pair at a time, decided by keyboard.
"use strict";

(() => {
  const { find, root, say, sayAfter, send, waits, remember, done, undo, start, keys } = curating;
  const UNSURE = "quiver-unsure", desk = find("desk");
  if (!desk) { start(); return; }
  const key = (item) => item.dataset.a + " " + item.dataset.b;
  const unsure = () => new Set(JSON.parse(sessionStorage.getItem(UNSURE) || "[]"));
  const parser = new DOMParser(), pages = new Map(), left = find("desk-left");
  const all = [...document.querySelectorAll(".queue li")], later = unsure();
  let waiting = [...all.filter((one) => !later.has(key(one))), ...all.filter((one) => later.has(key(one)))];
  let remaining = Number(left.dataset.total);

  // Decisions go out one after the other, while the next pair is looked at already.
  const MOST = 5;
  let sending = Promise.resolve(), unsent = 0, leaving = false;
  function queue(work) {
    unsent += 1;
    sending = sending
      .then(work)
      .catch((error) => say(String(error.message || error), true))
      .then(() => { unsent -= 1; pages.clear(); refresh(); });
  }
  addEventListener("beforeunload", (event) => { if (unsent && !leaving) event.preventDefault(); });

  // What the page that explains a pair says, without its head and foot.
  function why(item) {
    if (!pages.has(item)) {
      const link = item.querySelector("a.why").href;
      pages.set(item, fetch(link, { headers: { Accept: "text/html" } })
        .then((answer) => answer.text())
        .then((text) => {
          const page = parser.parseFromString(text, "text/html");
          page.querySelectorAll("main > section").forEach((part) => {
            if (part.getAttribute("aria-labelledby") === "change") part.remove();
            // An id of the fetched page must not stand twice on this one.
            const heading = part.querySelector("h2");
            part.removeAttribute("aria-labelledby");
            part.querySelectorAll("[id]").forEach((one) => one.removeAttribute("id"));
            if (heading) { const small = document.createElement("h3"); small.append(...heading.childNodes); heading.replaceWith(small); }
            part.querySelectorAll("a[href]").forEach((one) => { one.href = new URL(one.getAttribute("href"), link).href; });
          });
          // The two side by side first: the score is only what the rules made of it.
          const parts = [...page.querySelectorAll("main > section")];
          return [...parts.filter((part) => !part.matches(".verdicts")), ...parts.filter((part) => part.matches(".verdicts"))];
        }));
    }
    return pages.get(item);
  }

  function count() {
    const mine = done().length;
    find("desk-done").textContent = mine;
    left.textContent = remaining;
    find("desk-bar").max = Math.max(1, remaining + mine);
    find("desk-bar").value = mine;
    desk.querySelectorAll("[data-verdict]").forEach((button) => {
      button.disabled = button.dataset.verdict === "undo" ? mine + unsent === 0 : waiting.length === 0;
    });
  }

  // The pair that is shown, with why it waits put in the place of `old` when that is there.
  async function explain(item, old) {
    const place = find("desk-pair");
    try {
      const parts = await why(item);
      if (waiting[0] !== item) return;
      old().forEach((part) => part.remove());
      place.append(...parts.map((part) => part.cloneNode(true)));
      if (waiting[1]) why(waiting[1]).catch(() => {});
    } catch { say("Why these wait cannot be fetched now.", true); }
  }

  async function show() {
    count();
    document.querySelectorAll(".queue li[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    const place = find("desk-pair"), item = waiting[0];
    if (!item) {
      const more = document.createElement("a");
      more.href = location.href;
      more.textContent = remaining > 0 ? "Go on with the next" : "Look again";
      place.replaceChildren(remaining > 0 ? "All of these are decided. " : "Nothing is left. ", more);
      return;
    }
    item.setAttribute("aria-current", "true");
    const head = document.createElement("p");
    head.className = "desk-names";
    head.append(...[...item.childNodes].map((node) => node.cloneNode(true)));
    place.replaceChildren(head);
    await explain(item, () => []);
  }

  // After a decision: the pair stays, what is said of it may be another now.
  function refresh() {
    const item = waiting[0];
    if (!item || !item.hasAttribute("aria-current")) { show(); return; }
    count();
    explain(item, () => [...find("desk-pair").querySelectorAll("section")]);
  }

  function putOff() {
    const item = waiting.shift();
    waiting.push(item);
    sessionStorage.setItem(UNSURE, JSON.stringify([...unsure().add(key(item))].slice(-500)));
    say("Put back: not sure.");
  }

  function judge(item, verdict) {
    const reason = find("desk-reason").value.trim() || verdict;
    const knew = item.dataset.knew.split(" ").filter(Boolean);
    waiting.shift();
    item.classList.add("undone");
    remaining -= 1;
    queue(async () => {
      try {
        const told = await send("decisions", { a: item.dataset.a, b: item.dataset.b, verdict, reason, knew });
        remember(told, verdict);
        item.dataset.decision = told.decisions[0];
        say(`Decided: ${verdict}; published as generation ${told.generation}.${waits(told)} ${told.problems.join(" ")}`.trim(), told.problems.length > 0);
      } catch (error) {
        if (error.cause === "meanwhile" || error.cause === "unknown") return say(error.message, true);
        waiting.push(item);  // at the end: the one that is looked at stays
        item.classList.remove("undone");
        remaining += 1;
        throw error;
      }
    });
  }

  async function takeBack() {
    const last = done().at(-1);
    if (!last) return;
    const item = all.find((one) => one.dataset.decision === last.decision);
    await undo(last.decision);
    if (!item) {
      leaving = true;
      return sayAfter("Taken back.");
    }
    waiting = [item, ...waiting.filter((one) => one !== item)];
    item.classList.remove("undone");
    remaining += 1;
    say("Taken back.");
    show();
  }

  function divide(item) {
    const rows = [item.dataset.a, item.dataset.b];
    const two = [...item.querySelectorAll("bdi")].map((one) => one.textContent);
    const place = find("desk-pair").querySelector(".desk-names");
    if (place.querySelector(".which")) { location.href = place.querySelector(".which a").href; return; }
    const which = document.createElement("span");
    which.className = "which";
    rows.forEach((row, at) => {
      const link = document.createElement("a");
      link.href = root + "review/split?row=" + encodeURIComponent(row);
      link.textContent = `split ${two[at]}` + (two[0] === two[1] ? ` (${at ? "right" : "left"})` : "");
      which.append(" ", link);
    });
    place.append(which);
    which.querySelector("a").focus();
  }

  function decide(verdict) {
    const item = waiting[0];
    if (verdict === "undo" ? done().length + unsent === 0 : !item) return;
    if (unsent >= MOST) return say("The server has not answered yet.", true);
    if (verdict === "undo") return queue(takeBack);
    if (verdict === "split") { sending.then(() => divide(item)); return; }
    if (verdict === "unsure") putOff();
    else judge(item, verdict);
    desk.scrollIntoView({ block: "start" });
    show();
  }

  async function suggestions() {
    const { suggestions: found } = await send("suggestions");
    find("told").hidden = found.length === 0;
    find("told-list").replaceChildren(...found.map(told));
  }

  function linked(path, text) {
    const link = document.createElement("a"), name = document.createElement("bdi");
    link.href = root + "doc/" + path;
    name.textContent = text;
    link.append(name);
    return link;
  }

  function told(one) {
    const item = document.createElement("li"), text = document.createElement("bdi");
    text.textContent = one.text;
    item.append(linked(one.about, one.label));
    if (one.verdict) item.append(one.verdict === "same" ? " is the same as " : " is not the same as ", linked(one.other, one.otherLabel));
    item.append(": ", text, " ");
    const words = { accepted: one.verdict ? `accept: decide “${one.verdict}”` : "accept: dealt with", dismissed: "dismiss" };
    for (const state of ["accepted", "dismissed"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain-button";
      button.textContent = words[state];
      button.addEventListener("click", async () => {
        button.disabled = true;
        try {
          const answer = await send("suggestions/" + one.id, { state });
          if (answer.decisions.length) { remember(answer, one.verdict); return sayAfter("Decided, as a reader said."); }
          item.remove();
        } catch (error) { say(error.message, true); button.disabled = false; }
      });
      item.append(button, " ");
    }
    return item;
  }

  desk.querySelectorAll("[data-verdict]").forEach((button) =>
    button.addEventListener("click", () => decide(button.dataset.verdict)));
  const act = (verdict) => (event) => { if (!event.repeat) decide(verdict); };
  keys({ s: act("same"), d: act("different"), n: act("unsure"), u: act("undo"), ...(desk.querySelector("[data-verdict=split]") ? { p: act("split") } : {}) });
  start(() => { show(); suggestions().catch((error) => say(error.message, true)); });
})();
