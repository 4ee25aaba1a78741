// What deciding needs on every page: the token, which stays in this tab, and what was done with it.
"use strict";

const curating = (() => {
  const TOKEN = "quiver-curate-token", DONE = "quiver-done", SAID = "quiver-said";
  const find = (name) => document.getElementById(name);
  const said = find("said"), root = said.dataset.root, closed = "closed" in said.dataset;
  let opened = () => {};

  const fragment = new URLSearchParams(location.hash.slice(1)).get("token");
  if (fragment) {
    sessionStorage.setItem(TOKEN, fragment);
    history.replaceState(null, "", location.pathname + location.search);
  }
  const token = () => (closed ? null : sessionStorage.getItem(TOKEN));
  const kept = (name) => { try { return JSON.parse(sessionStorage.getItem(name)) || []; } catch { return []; } };

  function say(text, bad = false) {
    said.textContent = text;
    said.classList.toggle("bad", bad);
  }

  // A message that outlives the reload that comes next.
  function sayAfter(text) { sessionStorage.setItem(SAID, text); location.reload(); }

  async function send(path, told) {
    let answer;
    try {
      answer = await fetch(root + path, {
        method: told === undefined ? "GET" : "POST",
        headers: { Authorization: "Bearer " + token(), "Content-Type": "application/json", Accept: "application/json" },
        body: told === undefined ? undefined : JSON.stringify(told),
        credentials: "omit",
      });
    } catch { throw new Error("The server cannot be reached; nothing was decided."); }
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return found;
    const error = new Error(found.detail || found.title || String(answer.status));
    error.cause = found.cause;
    if (found.cause === "token" || found.cause === "scope") forget();
    throw error;
  }

  // What to say of a decision that only a long run can obey.
  const waits = (told) => (told.obeyed === false ? " It is recorded; the links follow when a run has found them." : "");

  // Each decision of this tab, so that the last can be taken back after a reload too.
  function remember(told, words) {
    const done = kept(DONE);
    for (const decision of told.decisions) done.push({ decision, words });
    sessionStorage.setItem(DONE, JSON.stringify(done.slice(-200)));
  }
  const done = () => kept(DONE);

  async function undo(decision) {
    const left = () => sessionStorage.setItem(DONE, JSON.stringify(kept(DONE).filter((one) => one.decision !== decision)));
    try {
      const told = await send("decisions", { undo: decision, reason: "taken back in the review" });
      left();
      return told;
    } catch (error) {
      if (error.cause === "unknown") left();
      throw error;
    }
  }

  function forget() { sessionStorage.removeItem(TOKEN); show(); }

  function show() {
    const allowed = Boolean(token()), form = find("sign-form"), out = find("sign-out"), desk = find("desk");
    if (form) form.hidden = allowed || closed;
    if (out) out.hidden = !allowed;
    if (desk) desk.hidden = !allowed;
    document.querySelectorAll("button.undo").forEach((button) => { button.hidden = !allowed; });
    if (allowed) opened();
  }

  function start(then) {
    opened = then || opened;
    const waiting = sessionStorage.getItem(SAID);
    if (waiting) { say(waiting); sessionStorage.removeItem(SAID); }
    find("sign-form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(TOKEN, find("sign-token").value.trim());
      find("sign-token").value = "";
      say("");
      show();
    });
    find("sign-out")?.addEventListener("click", forget);
    document.querySelectorAll("button.undo").forEach((button) => button.addEventListener("click", async () => {
      button.disabled = true;
      try { await undo(button.dataset.undo); sayAfter("Taken back."); }
      catch (error) { say(error.message, true); button.disabled = false; }
    }));
    show();
  }

  // Keys do nothing while somebody types, or holds another key that means something else.
  function keys(table) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !token()) return;
      if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
      const act = table[event.key];
      if (act) { event.preventDefault(); act(event); }
    });
  }

  return { find, root, token, say, sayAfter, send, waits, remember, done, undo, start, keys };
})();
