/** Opens pages of the built book in Firefox and tells what it saw there, for tests/book/test_firefox.py.
 *
 *     node tests/book/in_firefox.mjs FIREFOX ADDRESS PLAYGROUND TEXT INSTRUMENTS PAGE...
 */
import puppeteer from "puppeteer-core";

const [executablePath, address, playground, text, instruments, ...names] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const seen = { pages: {} };
try {
  const page = await browser.newPage();
  let said = [];
  page.on("console", (message) => ["warn", "error"].includes(message.type()) && said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));

  for (const name of names) {
    said = [];
    await page.goto(`${address}/${name}`, { waitUntil: "load" });
    seen.pages[name] = { ...(await page.evaluate(drawAll)), said };
  }
  await page.goto(`${address}/${playground}`, { waitUntil: "load" });
  seen.sentence = await typed(page, text);
  await page.goto(`${address}/${instruments}`, { waitUntil: "load" });
  await page.evaluate(drawAll);
  seen.moved = await moved(page);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

/** As for printing: all figures are drawn, also those that the reader is not near. Runs in the page. */
async function drawAll() {
  dispatchEvent(new Event("beforeprint"));
  const figures = [...document.querySelectorAll(".page-widget")];
  const isThere = (figure) => figure.dataset.ready || figure.getAttribute("role") === "alert";
  for (let waits = 0; waits < 600 && !figures.every(isThere); waits++) await new Promise((done) => setTimeout(done, 50));
  return { figures: figures.length, ready: figures.filter((figure) => figure.dataset.ready).length };
}

/** What each figure says before and after each of some keys, by what it is called. @param {import("puppeteer-core").Page} page */
async function moved(page) {
  const said = {};
  for (const figure of await page.$$(".lmkit-figure:has(canvas[tabindex='0'])")) {
    const name = await figure.evaluate((element) => element.getAttribute("aria-label"));
    const tell = () => figure.$eval(".lmkit-say", (sentence) => sentence.textContent);
    said[name] = [await tell()];
    await figure.$eval("canvas[tabindex='0']", (canvas) => canvas.focus());
    for (const key of ["Home", "ArrowRight", "ArrowDown"]) {
      await page.keyboard.press(key);
      said[name].push(await tell());
    }
  }
  return said;
}

/** What the playground says of a text. @param {import("puppeteer-core").Page} page @param {string} text */
async function typed(page, text) {
  const field = await page.waitForSelector("[aria-label='Your text']");
  await field.evaluate((area) => area.select());
  await field.type(text);
  return page.$eval(".lmkit-playground .lmkit-say", (sentence) => sentence.textContent);
}
