// What makes the search boxes better; without it every page works all the same.
"use strict";

function suggesting(box) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = box.id + "-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  box.form.append(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  let at = -1, timer = 0, asked = 0;

  function close() {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    const items = [...list.children];
    at = (place + items.length) % items.length;
    items.forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    box.setAttribute("aria-activedescendant", items[at].id);
  }

  function show(found) {
    list.replaceChildren(...found.map((hit, n) => {
      const item = document.createElement("li");
      item.id = list.id + n;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.href = box.dataset.root + "doc/" + hit.href.replace(/^(\.\.?\/)*(doc\/)?/, "");
      const what = document.createElement("bdi");
      what.className = "what";
      what.textContent = hit.label;
      const kind = document.createElement("small");
      kind.textContent = hit.kind === "publication" ? hit.detail.slice(0, 40) || hit.kind : hit.papers + " papers";
      item.append(what, kind);
      return item;
    }));
    list.hidden = found.length === 0;
    at = -1;
    box.setAttribute("aria-expanded", String(found.length > 0));
  }

  async function ask() {
    const text = box.value.trim(), number = ++asked;
    if (text.length < 2) return close();
    try {
      const answer = await fetch(box.dataset.suggest + "?q=" + encodeURIComponent(text));
      if (answer.ok && number === asked) show(await answer.json());
    } catch { close(); }
  }

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 90); });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { mark(at + 1); event.preventDefault(); }
    else if (event.key === "ArrowUp") { mark(at - 1); event.preventDefault(); }
    else if (event.key === "Escape") { close(); event.preventDefault(); }
    else if (event.key === "Enter" && at >= 0) { location.href = list.children[at].dataset.href; event.preventDefault(); }
  });
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("li");
    if (item) { location.href = item.dataset.href; event.preventDefault(); }
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
}

function copying(button) {
  const text = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.innerText);
      said.textContent = "Copied";
    } catch { // not over plain HTTP: then it is marked, to be copied by hand
      getSelection().selectAllChildren(text);
      said.textContent = "Marked: copy it with the keyboard";
    }
  });
}

document.querySelectorAll("input[data-suggest]").forEach(suggesting);
document.querySelectorAll("button[data-copy]").forEach(copying);
document.querySelectorAll(".filters select").forEach((select) =>
  select.addEventListener("change", () => select.form.requestSubmit()));
document.querySelectorAll("form.filters, form.params").forEach((form) =>
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  }));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) { document.getElementById("find")?.focus(); event.preventDefault(); }
});
