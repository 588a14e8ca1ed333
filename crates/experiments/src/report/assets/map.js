// Finds words on the map, zooms to them, and lets the map be dragged.
"use strict";
(() => {
  const figure = document.getElementById("word-map");
  const control = figure.querySelector(".control");
  const svg = figure.querySelector("svg");
  const words = [...svg.querySelectorAll("text")];
  const [find, zoom] = control.querySelectorAll("input");
  const said = control.querySelector("output");
  const side = svg.viewBox.baseVal.width;
  const centre = { x: side / 2, y: side / 2 };

  function draw() {
    const span = side / Number(zoom.value);
    for (const name of ["x", "y"]) {
      centre[name] = Math.min(Math.max(centre[name], span / 2), side - span / 2);
    }
    svg.setAttribute("viewBox", `${centre.x - span / 2} ${centre.y - span / 2} ${span} ${span}`);
    // The words stay as large as they were, so that zooming in pulls them apart.
    svg.style.setProperty("--zoom", zoom.value);
  }

  function search() {
    const wanted = find.value.trim().toLowerCase();
    const found = wanted === "" ? [] : words.filter((word) => word.firstChild.data.trim().startsWith(wanted));
    for (const word of words) word.classList.toggle("found", found.includes(word));
    svg.classList.toggle("searched", found.length > 0);
    said.textContent = wanted === "" ? "" : found.length === 1 ? "1 word" : `${found.length} words`;
    if (found.length > 0) {
      for (const name of ["x", "y"]) centre[name] = Number(found[0].getAttribute(name));
    }
    draw();
  }

  let from = null;
  svg.addEventListener("pointerdown", (event) => {
    if (Number(zoom.value) > 1) from = { x: event.clientX, y: event.clientY };
  });
  svg.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const scale = side / Number(zoom.value) / svg.clientWidth;
    centre.x -= (event.clientX - from.x) * scale;
    centre.y -= (event.clientY - from.y) * scale;
    from = { x: event.clientX, y: event.clientY };
    draw();
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
    svg.addEventListener(end, () => { from = null; });
  }

  find.addEventListener("input", search);
  zoom.addEventListener("input", draw);
  control.hidden = false;
})();
