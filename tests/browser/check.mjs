// Opens every page of a report in headless Chromium, at phone and desktop width, in light and dark.
//
//   node check.mjs REPORT_DIR SCREENSHOT_DIR
//
// Fails on a script error, a missing file, a request that leaves the report, sideways overflow, a
// fault that axe-core finds, or a control whose move changes nothing on the page.

import { readFileSync, readdirSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [report, screenshots] = process.argv.slice(2).map((path) => resolve(path));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { phone: { width: 375, height: 800 }, desktop: { width: 1280, height: 900 } };
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
for (const name of names) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      await check(name, size, viewport, scheme);
    }
  }
}
await browser.close();

for (const fault of faults) console.error(fault);
console.log(`${names.length} pages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);

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
  await page.goto(pathToFileURL(join(report, name)).href, { waitUntil: "load" });

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) faults.push(`${where}: ${overflow} px wider than the window`);

  await page.screenshot({ path: join(screenshots, `${name}-${size}-${scheme}.png`), fullPage: true });

  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, help, nodes } of violations) {
    faults.push(`${where}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`);
  }

  await moveControls(page, where);
  await page.close();
}

// Every slider and search field must do something: the page's pictures or texts differ afterwards.
async function moveControls(page, where) {
  const controls = await page.$$("input[type=range], input[type=search]");
  for (const [n, control] of controls.entries()) {
    const before = await state(page);
    await control.evaluate((input) => {
      const middle = (Number(input.min || 0) + Number(input.max || 100)) / 2;
      const step = Number(input.step) || 1;
      const target = input.type === "range" ? String(Math.round(middle / step) * step) : input.dataset.example ?? "a";
      input.value = input.value === target ? input.min : target;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
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
