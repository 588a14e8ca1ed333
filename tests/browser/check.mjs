// Opens every page of a report in headless Chromium, at phone and desktop width, in light and dark.
//
//   node check.mjs REPORT_DIR SCREENSHOT_DIR
//
// Fails on a script error, a missing file, a request that leaves the report, sideways overflow, a
// fault that axe-core finds, a control whose move changes nothing on the page, or a page that says
// less with scripts off. The front page must be small and be drawn in under a second; a bundle
// (report.html) must be under 5 MB. The pages are opened as files and once more from a static host.

import { readFileSync, readdirSync, mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [report, screenshots] = process.argv.slice(2).map((path) => resolve(path));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { phone: { width: 375, height: 800 }, desktop: { width: 1280, height: 900 } };
const FRONT_BYTES = 300_000;
const BUNDLE_BYTES = 5_000_000;
const DRAWN_MS = 1_000;
const faults = [];

mkdirSync(screenshots, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: join(tmpdir(), `report-check-${process.pid}`),
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

const names = readdirSync(report).filter((name) => name.endsWith(".html")).sort();
if (!names.includes("index.html")) faults.push(`${report}: no index.html`);
checkSizes();
for (const name of names) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      await check(name, size, viewport, scheme);
    }
  }
  await checkWithoutScripts(name);
}
await checkDrawing();
await checkHosted();
await browser.close();

for (const fault of faults) console.error(fault);
console.log(`${names.length} pages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);

function address(name) {
  return pathToFileURL(join(report, name)).href;
}

async function check(name, size, viewport, scheme) {
  const where = `${name} (${size}, ${scheme})`;
  const page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(`${where}: script error: ${error.message}`));
  page.on("requestfailed", (request) => faults.push(`${where}: missing ${request.url()}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) faults.push(`${where}: request to ${request.url()}`);
  });
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(address(name), { waitUntil: "load" });

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) faults.push(`${where}: ${overflow} px wider than the window`);

  await page.screenshot({ path: join(screenshots, `${name}-${size}-${scheme}.png`), fullPage: true });

  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, help, nodes } of violations) {
    faults.push(`${where}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`);
  }

  await checkLinks(page, name, where);
  await checkMap(page, where);
  await moveControls(page, where);
  await page.close();
}

// Every link leads to a file of the report or to a place on the page.
async function checkLinks(page, name, where) {
  const links = await page.$$eval("a[href]", (links) => links.map((link) => link.getAttribute("href")));
  const ids = new Set(await page.$$eval("[id]", (nodes) => nodes.map((node) => node.id)));
  for (const link of new Set(links)) {
    const [file, id] = link.split("#");
    if (file && !names.includes(file) && !statSync(join(report, file), { throwIfNoEntry: false })) {
      // A bundle travels without the files beside it.
      if (name !== "report.html") faults.push(`${where}: a link to ${file}, which is not there`);
    }
    if (!file && id && !ids.has(id)) faults.push(`${where}: a link to #${id}, which is not there`);
  }
}

// The map of words finds the word asked for, brings it into view, and says how many there are.
async function checkMap(page, where) {
  const map = await page.$("#word-map");
  if (!map) return;
  const found = await map.evaluate((map) => {
    const [find, zoom] = map.querySelectorAll("input");
    const move = (input, value) => {
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    move(zoom, "4");
    move(find, find.dataset.example);
    const word = map.querySelector("text.found");
    const inside = (inner, outer) =>
      inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
    const result = {
      word: word?.firstChild.data.trim(),
      wanted: find.dataset.example,
      seen: word ? inside(word.getBoundingClientRect(), map.querySelector("svg").getBoundingClientRect()) : false,
      said: map.querySelector("output").textContent,
    };
    move(find, "");
    move(zoom, "1");
    return result;
  });
  if (!found.word?.startsWith(found.wanted)) faults.push(`${where}: the map does not find ${found.wanted}`);
  if (!found.seen) faults.push(`${where}: the map does not show ${found.wanted} that it found`);
  if (!/^\d+ words?$/.test(found.said)) faults.push(`${where}: the map says "${found.said}"`);
}

// Every slider, search field and button must do something: the page's pictures or texts differ afterwards.
async function moveControls(page, where) {
  const controls = await page.$$("input[type=range], input[type=search], .control button");
  for (const [n, control] of controls.entries()) {
    const before = await state(page);
    await control.evaluate((control) => {
      if (control.tagName === "BUTTON") return control.click();
      const middle = (Number(control.min || 0) + Number(control.max || 100)) / 2;
      const step = Number(control.step) || 1;
      const target =
        control.type === "range" ? String(Math.round(middle / step) * step) : control.dataset.example ?? "a";
      control.value = control.value === target ? control.min : target;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if ((await state(page)) === before) faults.push(`${where}: control ${n + 1} changes nothing`);
  }
}

// What a reader sees: the document's own markup and the pixels of its canvases.
function state(page) {
  return page.evaluate(() => {
    const pixels = [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
    return document.body.innerHTML + pixels.join();
  });
}

// With scripts off a page still has its words, its pictures and its figures, and no control that does nothing.
async function checkWithoutScripts(name) {
  const where = `${name} (scripts off)`;
  const read = async (scripts) => {
    const page = await browser.newPage();
    await page.setJavaScriptEnabled(scripts);
    await page.setViewport(SIZES.desktop);
    await page.goto(address(name), { waitUntil: "load" });
    if (!scripts) await page.screenshot({ path: join(screenshots, `${name}-noscript.png`), fullPage: true });
    const content = await page.evaluate(() => {
      const shown = (node) => node.getClientRects().length > 0;
      const count = (selector) => [...document.querySelectorAll(selector)].filter(shown).length;
      const headings = [...document.querySelectorAll("h1, h2, h3")].filter(shown).map((node) => node.textContent);
      return {
        headings: headings.join("|"), tables: count("table"), figures: count("figure"),
        pictures: count("svg, canvas"), controls: count("input, .control button"), canvases: count("canvas"),
      };
    });
    await page.close();
    return content;
  };
  const [on, off] = [await read(true), await read(false)];
  for (const what of ["headings", "tables", "figures", "pictures"]) {
    if (on[what] !== off[what]) faults.push(`${where}: ${what}: ${off[what]} instead of ${on[what]}`);
  }
  if (off.controls > 0) faults.push(`${where}: ${off.controls} controls that do nothing`);
  if (off.canvases > 0) faults.push(`${where}: ${off.canvases} empty canvases`);
}

function checkSizes() {
  const size = (name) => statSync(join(report, name)).size;
  if (names.includes("index.html") && size("index.html") >= FRONT_BYTES) {
    faults.push(`index.html: ${size("index.html")} bytes, ${FRONT_BYTES} are allowed`);
  }
  if (names.includes("report.html") && size("report.html") >= BUNDLE_BYTES) {
    faults.push(`report.html: ${size("report.html")} bytes, ${BUNDLE_BYTES} are allowed`);
  }
  for (const name of names) console.error(`${name}: ${size(name)} bytes`);
}

// From the start of the navigation to the first contentful paint, the median of five.
async function checkDrawing() {
  const times = [];
  for (let n = 0; n < 5; n++) {
    const page = await browser.newPage();
    await page.setViewport(SIZES.desktop);
    await page.goto(address("index.html"), { waitUntil: "load" });
    times.push(await page.evaluate(() => new Promise((done) => {
      const first = (list) => list.find((entry) => entry.name === "first-contentful-paint");
      const known = first(performance.getEntriesByType("paint"));
      if (known) return done(known.startTime);
      new PerformanceObserver((list) => {
        const paint = first(list.getEntries());
        if (paint) done(paint.startTime);
      }).observe({ type: "paint", buffered: true });
    })));
    await page.close();
  }
  const median = times.sort((a, b) => a - b)[2];
  console.error(`index.html: first drawn after ${median.toFixed(0)} ms`);
  if (!(median < DRAWN_MS)) faults.push(`index.html: first drawn after ${median} ms, ${DRAWN_MS} are allowed`);
}

// The same files from a static host on this machine: every page and every file it asks for is there.
async function checkHosted() {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname.slice(1)) || "index.html";
    const path = resolve(report, name);
    if (!path.startsWith(report) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = name.endsWith(".html") ? "text/html" : "application/json";
    response.writeHead(200, { "Content-Type": type }).end(readFileSync(path));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const host = `http://127.0.0.1:${server.address().port}/`;
  for (const name of ["", ...names]) {
    const page = await browser.newPage();
    page.on("pageerror", (error) => faults.push(`${name} (hosted): script error: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(host) && !request.url().startsWith("data:")) {
        faults.push(`${name} (hosted): request to ${request.url()}`);
      }
    });
    page.on("response", (response) => {
      if (response.status() >= 400) faults.push(`${name} (hosted): ${response.status()} for ${response.url()}`);
    });
    await page.goto(host + name, { waitUntil: "load" });
    await page.close();
  }
  server.close();
}
