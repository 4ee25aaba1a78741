// The graph of co-authors: fetched, with its library, when somebody asks for it.
"use strict";

function networking(place) {
  const button = place.querySelector("button"), canvas = place.querySelector(".canvas");
  const said = place.querySelector("[role=status]");
  const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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

  // The library would write a style of its own into the page, which our policy forbids; it does not
  // where one of this name is there already. quiver.css says the same.
  function styled() {
    const mark = document.createElement("template");
    mark.id = "__________cytoscape_stylesheet";
    if (!document.getElementById(mark.id)) document.head.append(mark);
  }

  function draw(told) {
    styled();
    const most = Math.max(...told.edges.map((edge) => edge.papers), 1);
    const first = told.nodes[0].papers;
    const graph = window.cytoscape({
      container: canvas,
      elements: [
        ...told.nodes.map((node, at) => ({ data: { ...node, size: 14 + 26 * Math.sqrt(node.papers / first), first: at === 0 ? 1 : 0 } })),
        ...told.edges.map((edge) => ({ data: { ...edge, width: 0.6 + 5 * edge.papers / most } })),
      ],
      style: [
        { selector: "node", style: { label: "data(label)", width: "data(size)", height: "data(size)", "font-size": 11, color: paint("--ink"), "background-color": paint("--bar"), "text-valign": "bottom", "text-margin-y": 3, "text-outline-color": paint("--paper"), "text-outline-width": 2, "min-zoomed-font-size": 6 } },
        { selector: "node[first = 1]", style: { "background-color": paint("--accent"), "font-weight": "bold" } },
        { selector: "edge", style: { width: "data(width)", "line-color": paint("--line"), "curve-style": "haystack", opacity: 0.75 } },
      ],
      layout: { name: "concentric", concentric: (node) => (node.data("first") ? 1e6 : node.data("papers")), levelWidth: (nodes) => Math.max(1, nodes.maxDegree() / 3), minNodeSpacing: 34, animate: false },
      minZoom: 0.3,
      maxZoom: 4,
    });
    graph.on("tap", "node", (event) => { location.href = new URL(event.target.data("href"), new URL(place.dataset.network, location.href)).href; });
    graph.on("mouseover", "node, edge", (event) => {
      const one = event.target.data();
      said.textContent = one.label ? `${one.label}: ${one.papers} papers` : `${graph.getElementById(one.source).data("label")} and ${graph.getElementById(one.target).data("label")}: ${one.papers} papers`;
    });
    place.dataset.drawn = String(graph.nodes().length);
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const [answer] = await Promise.all([fetch(place.dataset.network), library()]);
      if (!answer.ok) throw new Error("the graph cannot be had");
      canvas.hidden = false;
      draw(await answer.json());
      button.hidden = true;
      said.textContent = "Drag to move, scroll to zoom, click a name for its page.";
    } catch (error) {
      said.textContent = String(error.message || error);
      button.disabled = false;
    }
  });
}

document.querySelectorAll("[data-network]").forEach((place) => {
  networking(place);
  if ("now" in place.dataset) place.querySelector("button").click();
});
