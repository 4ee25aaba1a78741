// The review desk: one pair at a time, decided by keyboard. The token stays in this tab.
"use strict";

(() => {
  const find = (name) => document.getElementById(name);
  const desk = find("desk"), root = desk.dataset.root, KEY = "quiver-curate-token";
  const waiting = [...document.querySelectorAll(".queue li")];
  const parser = new DOMParser();
  const pages = new Map();
  let done = 0, busy = false, last = null;

  const fragment = new URLSearchParams(location.hash.slice(1)).get("token");
  if (fragment) {
    sessionStorage.setItem(KEY, fragment);
    history.replaceState(null, "", location.pathname + location.search);
  }
  const token = () => sessionStorage.getItem(KEY);

  function say(text, bad = false) {
    const place = find("desk-said");
    place.textContent = text;
    place.classList.toggle("bad", bad);
  }

  async function send(path, told) {
    const answer = await fetch(root + path, {
      method: told === undefined ? "GET" : "POST",
      headers: { Authorization: "Bearer " + token(), "Content-Type": "application/json", Accept: "application/json" },
      body: told === undefined ? undefined : JSON.stringify(told),
      credentials: "omit",
    });
    const found = await answer.json();
    if (answer.status === 401) { sessionStorage.removeItem(KEY); open(); }
    if (!answer.ok) throw new Error(found.detail || found.title || answer.status);
    return found;
  }

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
          return [...page.querySelectorAll("main > section")];
        }));
    }
    return pages.get(item);
  }

  async function show() {
    find("desk-done").textContent = done;
    find("desk-left").textContent = waiting.length;
    document.querySelectorAll(".queue li[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    desk.querySelectorAll("[data-verdict]").forEach((button) => {
      button.disabled = button.dataset.verdict === "undo" ? !last : waiting.length === 0;
    });
    const place = find("desk-pair"), item = waiting[0];
    if (!item) { place.replaceChildren("Nothing is left on this page. Reload it for more."); return; }
    item.setAttribute("aria-current", "true");
    const head = document.createElement("p");
    head.className = "desk-names";
    head.append(...[...item.childNodes].map((node) => node.cloneNode(true)));
    place.replaceChildren(head);
    const parts = await why(item);
    if (waiting[0] === item) place.append(...parts.map((part) => part.cloneNode(true)));
    if (waiting[1]) why(waiting[1]);
  }

  async function decide(verdict) {
    if (busy || !token()) return;
    const item = waiting[0];
    if (verdict === "undo" ? !last : !item) return;
    if (verdict === "unsure") { waiting.push(waiting.shift()); say("Put back: not sure."); return show(); }
    busy = true;
    try {
      if (verdict === "undo") {
        await send("decisions", { undo: last.decision, reason: "taken back in the review" });
        waiting.unshift(last.item);
        last.item.classList.remove("undone");
        done -= 1;
        say("Taken back.");
        last = null;
      } else {
        const told = await send("decisions", { a: item.dataset.a, b: item.dataset.b, verdict, reason: find("desk-reason").value || verdict });
        waiting.shift();
        item.classList.add("undone");
        last = { item, decision: told.decisions[0] };
        done += 1;
        say(`Decided: ${verdict}; published as generation ${told.generation}.` + (told.problems.length ? " " + told.problems.join(" ") : ""), told.problems.length > 0);
      }
      pages.clear();
      desk.scrollIntoView({ block: "start" });
    } catch (error) { say(String(error.message || error), true); }
    busy = false;
    show();
  }

  async function suggestions() {
    const { suggestions: found } = await send("suggestions");
    find("told").hidden = found.length === 0;
    find("told-list").replaceChildren(...found.map((one) => {
      const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("bdi");
      link.href = root + "doc/" + one.about;
      link.textContent = one.label;
      text.textContent = one.text;
      item.append(link, ": ", text, " ");
      for (const state of ["accepted", "dismissed"]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = state === "accepted" ? "dealt with" : "dismiss";
        button.addEventListener("click", async () => {
          try { await send("suggestions/" + one.id, { state }); item.remove(); } catch (error) { say(error.message, true); }
        });
        item.append(button, " ");
      }
      return item;
    }));
  }

  function open() {
    const allowed = Boolean(token());
    desk.hidden = !allowed;
    find("sign-form").hidden = allowed;
    find("sign-out").hidden = !allowed;
    document.querySelectorAll("button.undo").forEach((button) => { button.hidden = !allowed; });
    if (allowed) { show(); suggestions().catch((error) => say(error.message, true)); }
  }

  find("sign-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, find("sign-token").value.trim());
    find("sign-token").value = "";
    open();
  });
  find("sign-out").addEventListener("click", () => { sessionStorage.removeItem(KEY); open(); });
  desk.querySelectorAll("[data-verdict]").forEach((button) =>
    button.addEventListener("click", () => decide(button.dataset.verdict)));
  document.querySelectorAll("button.undo").forEach((button) => button.addEventListener("click", async () => {
    try { await send("decisions", { undo: button.dataset.undo, reason: "taken back in the review" }); location.reload(); }
    catch (error) { say(error.message, true); }
  }));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const verdict = { s: "same", d: "different", n: "unsure", u: "undo" }[event.key];
    if (verdict && !desk.hidden) { event.preventDefault(); decide(verdict); }
  });
  open();
})();
