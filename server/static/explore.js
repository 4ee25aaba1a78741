// The graph about an entity: it grows by what a clicked node hangs together with, triples beside it.
"use strict";

function exploring(place) {
  const button = place.querySelector("button"), canvas = place.querySelector(".canvas");
  const said = place.querySelector("[role=status]"), rows = document.querySelector("[data-triples] tbody");
  const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const opened = new Set([place.dataset.iri]);
  let graph;

  function library() {
    if (window.cytoscape) return Promise.resolve();
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = place.dataset.script;
      script.addEventListener("load", done);
      script.addEventListener("error", () => failed(new Error("the library of the graph is not there")));
      document.head.append(script);
    });
  }

  async function near(iri) {
    const answer = await fetch(`${place.dataset.explore}?iri=${encodeURIComponent(iri)}`);
    if (!answer.ok) throw new Error("the graph cannot be had");
    return answer.json();
  }

  function grow(told, listed) {
    const brief = (text) => (text.length > 24 ? `${text.slice(0, 22)}…` : text);
    const one = (node) => ({ group: "nodes", data: { id: node.id, label: node.label.slice(0, 90), brief: brief(node.label), href: node.href } });
    for (const node of [told, ...told.near]) if (!graph.getElementById(node.id).length) graph.add(one(node));
    for (const node of told.near) {
      const [source, target] = node.out ? [told.id, node.id] : [node.id, told.id];
      const id = `${source} ${node.property} ${target}`;
      if (!graph.getElementById(id).length) graph.add({ group: "edges", data: { id, source, target, label: node.property } });
    }
    graph.getElementById(told.id).data("open", 1);
    graph.layout({ name: "cose", animate: false, nodeDimensionsIncludeLabels: true, nodeRepulsion: 90000, idealEdgeLength: 90 }).run();
    if (listed) list(told);
    place.dataset.drawn = String(graph.nodes().length);
    said.textContent = `${told.label}: ${told.near.length} statements. Click a node to go on from it; its triples join the table.`;
  }

  function list(told) {
    for (const node of told.near) {
      const row = rows.insertRow(), cells = node.out ? [told, node.property, node] : [node, node.property, told];
      for (const cell of cells) {
        const at = row.insertCell();
        if (typeof cell === "string") { at.textContent = cell; continue; }
        const link = document.createElement("a");
        link.href = `?iri=${encodeURIComponent(cell.id)}`;
        link.textContent = cell.label;
        at.append(link);
      }
    }
  }

  async function open(iri) {
    if (opened.has(iri)) return;
    opened.add(iri);
    try { grow(await near(iri), true); } catch (error) { opened.delete(iri); said.textContent = String(error.message || error); }
  }

  function begin(told) {
    const mark = document.createElement("template"); // the library would write a style that our policy forbids
    mark.id = "__________cytoscape_stylesheet";
    if (!document.getElementById(mark.id)) document.head.append(mark);
    graph = window.cytoscape({
      container: canvas,
      style: [
        { selector: "node", style: { label: "data(brief)", width: 16, height: 16, "font-size": 10, color: paint("--ink"), "background-color": paint("--bar"), "text-valign": "bottom", "text-outline-color": paint("--paper"), "text-outline-width": 2, "min-zoomed-font-size": 6 } },
        { selector: "node[open = 1]", style: { "background-color": paint("--accent"), width: 24, height: 24 } },
        { selector: "node.named", style: { label: "data(label)", "font-weight": 600, "text-wrap": "wrap", "text-max-width": 180, "z-index": 9 } },
        { selector: "edge", style: { width: 1, "line-color": paint("--line"), "target-arrow-color": paint("--line"), "target-arrow-shape": "triangle", "curve-style": "bezier" } },
      ],
      minZoom: 0.2,
      maxZoom: 4,
    });
    graph.on("tap", "node", (event) => open(event.target.id()));
    graph.on("mouseover", "node", (event) => event.target.addClass("named"));
    graph.on("mouseout", "node", (event) => event.target.removeClass("named"));
    graph.on("mouseover", "edge", (event) => { said.textContent = event.target.data("label"); });
    grow(told, false);
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const [told] = await Promise.all([near(place.dataset.iri), library()]);
      canvas.hidden = false;
      begin(told);
      button.hidden = true;
    } catch (error) {
      said.textContent = String(error.message || error);
      button.disabled = false;
    }
  });
}

document.querySelectorAll("[data-explore]").forEach(exploring);
