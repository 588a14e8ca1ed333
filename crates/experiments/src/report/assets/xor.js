// Replays the recorded training: the output of both nets over the unit square, and their hidden units.
"use strict";
(() => {
  const runs = JSON.parse(document.getElementById("xor-data").textContent);
  const figure = document.getElementById("xor-replay");
  const control = figure.querySelector(".control");
  const [play, slider, said] = ["button", "input", "output"].map((name) => control.querySelector(name));
  const N = 60; // squares along one side
  const CORNERS = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]; // a, b, the right answer
  const RED = [194, 38, 28], PALE = [240, 240, 236], BLUE = [31, 95, 196];

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  function output({ w0, w1 }, a, b) {
    let sum = 0;
    for (let j = 0; j < w1.length; j++) {
      sum += w1[j] * sigmoid(w0[0][j] * a + w0[1][j] * b + w0[2][j]);
    }
    return sigmoid(sum);
  }

  function colour(p) {
    const [from, to, t] = p < 0.5 ? [RED, PALE, 2 * p] : [PALE, BLUE, 2 * p - 1];
    return `rgb(${from.map((v, n) => Math.round(v + (to[n] - v) * t)).join(",")})`;
  }

  function draw(canvas, net) {
    const ctx = canvas.getContext("2d");
    const size = canvas.width, margin = 36, span = size - 2 * margin;
    const at = (a, b) => [margin + a * span, size - margin - b * span];
    // A little more than the unit square, so that the corners are seen whole.
    const step = size / N;
    for (let row = 0; row < N; row++) {
      for (let column = 0; column < N; column++) {
        const a = ((column + 0.5) * step - margin) / span;
        const b = (size - (row + 0.5) * step - margin) / span;
        ctx.fillStyle = colour(output(net, a, b));
        ctx.fillRect(column * step, row * step, step + 1, step + 1);
      }
    }
    ctx.strokeStyle = "#1c1d20";
    ctx.lineWidth = 2.5;
    for (let j = 0; j < net.w1.length; j++) {
      // Where unit j is undecided: w0 a + w1 b + w2 = 0, drawn across the whole canvas.
      const [wa, wb, wc] = net.w0.map((r) => r[j]);
      const n = wa * wa + wb * wb;
      const foot = [-wa * wc / n, -wb * wc / n], along = [-wb / Math.sqrt(n) * 3, wa / Math.sqrt(n) * 3];
      ctx.beginPath();
      ctx.moveTo(...at(foot[0] - along[0], foot[1] - along[1]));
      ctx.lineTo(...at(foot[0] + along[0], foot[1] + along[1]));
      ctx.stroke();
    }
    for (const [a, b, answer] of CORNERS) {
      ctx.beginPath();
      ctx.arc(...at(a, b), 16, 0, 2 * Math.PI);
      ctx.fillStyle = colour(output(net, a, b));
      ctx.fill();
      ctx.lineWidth = 8;
      ctx.strokeStyle = "#ffffff";
      ctx.stroke();
      ctx.lineWidth = 5;
      ctx.strokeStyle = colour(answer);
      ctx.stroke();
    }
  }

  // The points of the plane go to where the units are; the ways behind them stay.
  function place(plane, net) {
    const centre = plane.viewBox.baseVal.width / 2, scale = Number(plane.dataset.scale);
    for (const circle of plane.querySelectorAll("[data-unit]")) {
      const unit = Number(circle.dataset.unit);
      circle.setAttribute("cx", centre + net.w0[0][unit] * scale);
      circle.setAttribute("cy", centre - net.w0[1][unit] * scale);
      circle.setAttribute("class", `unit ${net.w1[unit] < 0 ? "against" : "for"}`);
    }
    const places = new Set(net.w1.map((_, unit) => net.w0.map((row) => row[unit]).join())).size;
    return `${net.w1.length} hidden units in ${places} ${places === 1 ? "place" : "places"}`;
  }

  function show() {
    const n = Number(slider.value);
    for (const [name, moments] of Object.entries(runs)) {
      const net = moments[n];
      draw(figure.querySelector(`[data-run="${name}"]`), net);
      const outputs = CORNERS.map(([a, b]) => output(net, a, b).toFixed(3)).join(", ");
      figure.querySelector(`[data-outputs="${name}"]`).textContent = `Outputs for 00, 01, 10, 11: ${outputs}`;
      figure.querySelector(`[data-places="${name}"]`).textContent =
        place(figure.querySelector(`[data-plane="${name}"]`), net);
    }
    said.textContent = runs.equal[n].iteration;
  }

  let playing = null;
  function stop() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }
  play.addEventListener("click", () => {
    if (playing !== null) return stop();
    if (slider.value === slider.max) slider.value = slider.min;
    play.textContent = "Pause";
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (slider.value === slider.max) stop();
    }, 120);
  });

  for (const still of figure.querySelectorAll(".still")) still.remove();
  for (const canvas of figure.querySelectorAll("canvas")) canvas.hidden = false;
  slider.addEventListener("input", () => { stop(); show(); });
  control.hidden = false;
  show();
})();
