// The form for queries as an editor: colours, and completion of this graph's terms and names.
"use strict";

async function editing(area) {
  const Yasqe = window.Yasqe.default || window.Yasqe, form = area.form;
  const place = document.createElement("div");
  const answer = await fetch(area.dataset.vocabulary);
  const { prefixes = {}, classes = [], properties = [] } = answer.ok ? await answer.json() : {};

  // Those that come with the editor ask services elsewhere; ours ask this graph.
  Yasqe.forkAutocompleter("prefixes", { name: "prefixes-here", persistenceId: null, onInitialize: () => {},
    get: () => Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`) });
  Yasqe.forkAutocompleter("class", { name: "classes-here", bulk: true, persistenceId: null,
    get: () => classes.map((one) => one.iri) });
  Yasqe.forkAutocompleter("property", { name: "properties-here", bulk: true, persistenceId: null,
    get: () => properties });

  const height = area.offsetHeight;  // so that nothing below moves
  area.before(place);
  area.hidden = true;
  area.required = false;
  area.labels[0].removeAttribute("for");
  const editor = new Yasqe(place, {
    value: area.value,
    persistenceId: null,
    prefixCcApi: null,
    createShareableLink: undefined,
    consumeShareLink: null,
    showQueryButton: false,
    collapsePrefixesOnLoad: false,
    resizeable: false,
    lineWrapping: true,
    screenReaderLabel: "Query",
    editorHeight: `${height}px`,
    autocompleters: ["variables", "prefixes-here", "classes-here", "properties-here"],
  });
  declaring(editor, prefixes);
  const ask = () => form.requestSubmit();
  // Tab leaves the editor, as it leaves every other field.
  editor.setOption("extraKeys", { ...editor.getOption("extraKeys"), Tab: false, "Shift-Tab": false,
    "Ctrl-Enter": ask, "Cmd-Enter": ask });
  form.addEventListener("submit", (event) => {
    area.value = editor.getValue();
    if (!area.value.trim()) event.preventDefault();
  });
  form.querySelector(".later").classList.remove("later");
  naming(area, editor);
  window.quiverEditor = editor;
}

// The service knows these prefixes without being told; the editor, and other services, do not.
function declaring(editor, prefixes) {
  let timer = 0;

  function declare() {
    if (editor.state.completionActive) return later();  // a new line would close the list
    const declared = editor.getPrefixesFromQuery(), text = editor.getValue();
    const used = (name) => new RegExp(`(^|[^\\w?$<"'-])${name}:`).test(text);
    const wanted = Object.entries(prefixes).filter(([name]) => !(name in declared) && used(name));
    if (wanted.length) editor.addPrefixes(Object.fromEntries(wanted));
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(declare, 80);
  }

  declare();
  editor.on("change", later);
}

// A field that finds authors, papers and venues by name and writes the address into the query.
function naming(area, editor) {
  const box = document.getElementById("names"), list = box.list, found = new Map();
  let timer = 0;

  async function look() {
    const answer = await fetch(`${area.dataset.suggest}?q=${encodeURIComponent(box.value.trim())}`);
    if (!answer.ok) return;
    found.clear();
    list.replaceChildren(...(await answer.json()).map((hit) => {
      const option = document.createElement("option");
      option.value = `${hit.label} (${hit.kind === "publication" ? hit.detail : `${hit.papers} papers`})`;
      found.set(option.value, hit.iri);
      return option;
    }));
  }

  box.addEventListener("input", () => {
    if (found.has(box.value)) {
      editor.replaceSelection(`<${found.get(box.value)}>`);
      box.value = "";
      editor.focus();
      return;
    }
    clearTimeout(timer);
    if (box.value.trim().length > 1) timer = setTimeout(look, 150);
  });
}

document.addEventListener("DOMContentLoaded", () => {
  const area = document.getElementById("query");
  if (area && window.Yasqe) editing(area);
});
