// Finds words on the map, and zooms to them.
"use strict";
(() => {
  const figure = document.getElementById("word-map");
  const control = figure.querySelector(".control");
  const svg = figure.querySelector("svg");
  const words = [...svg.querySelectorAll("text")];
  const [find, zoom] = control.querySelectorAll("input");
  const said = control.querySelector("output");
  const side = svg.viewBox.baseVal.width;

  function show() {
    const wanted = find.value.trim().toLowerCase();
    const found = wanted === "" ? [] : words.filter((word) => word.firstChild.data.trim().startsWith(wanted));
    for (const word of words) word.classList.toggle("found", found.includes(word));
    said.textContent = wanted === "" ? "" : found.length === 1 ? "1 word" : `${found.length} words`;
    // The first word found stays in the middle; without one, the middle of the map does.
    const span = side / Number(zoom.value);
    const at = (name) => (found.length ? Number(found[0].getAttribute(name)) : side / 2);
    const from = (name) => Math.min(Math.max(at(name) - span / 2, 0), side - span);
    svg.setAttribute("viewBox", `${from("x")} ${from("y")} ${span} ${span}`);
  }

  find.addEventListener("input", show);
  zoom.addEventListener("input", show);
  control.hidden = false;
})();
