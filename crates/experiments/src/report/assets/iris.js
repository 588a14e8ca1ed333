// Moves the net's drawing and its predictions to the epoch of the slider.
"use strict";
(() => {
  const { weights, predictions } = JSON.parse(document.getElementById("iris-data").textContent);
  const figure = document.getElementById("iris-net");
  const control = figure.querySelector(".control");
  const slider = control.querySelector("input");

  function show() {
    const n = Number(slider.value) - 1;
    control.querySelector("output").textContent = slider.value;
    weights[n].forEach((weight, j) => {
      const line = figure.querySelector(`[data-weight="${j}"]`);
      line.setAttribute("class", weight < 0 ? "negative" : "positive");
      line.setAttribute("stroke-width", 1 + 3 * Math.abs(weight));
      figure.querySelector(`[data-weight-text="${j}"]`).textContent = weight.toFixed(3);
    });
    predictions[n].forEach((p, i) => {
      figure.querySelector(`[data-pred="${i}"]`).textContent = p.toFixed(6);
    });
  }

  slider.addEventListener("input", show);
  control.hidden = false;
  show();
})();
