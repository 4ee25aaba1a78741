// What the letters typed into a parameter may mean, as choices; a name itself does as well.
"use strict";

function choosing(box) {
  const list = box.list;
  let timer = 0, asked = 0;

  async function ask() {
    const text = box.value.trim(), number = ++asked;
    if (text.length < 2 || text.includes("/")) return;
    try {
      const answer = await fetch(`${box.dataset.choices}&q=${encodeURIComponent(text)}`);
      if (!answer.ok || number !== asked) return;
      const found = await answer.json();
      list.replaceChildren(...found.map((hit) => {
        const choice = document.createElement("option");
        choice.value = hit.href.replace(/^doc\//, "");
        choice.label = hit.kind === "publication" ? hit.label : `${hit.label} (${hit.papers} papers)`;
        return choice;
      }));
    } catch { list.replaceChildren(); }
  }

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
}

document.querySelectorAll("input[data-choices]").forEach(choosing);
