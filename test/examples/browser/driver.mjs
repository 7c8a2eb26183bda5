// Does with a browser what it is told on standard input, a line of JSON each: which page, a method of it, arguments.
// Answers each with a line: what has come of it, and all errors that the pages have had.
// Arguments: the folder with playwright-core, and the browser.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, program] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/`)("playwright-core");
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1200, height: 640 } });
const pages = {};
const errors = [];

async function pageOf(name) {
  if (pages[name]) return pages[name];
  const page = (pages[name] = await context.newPage());
  page.setDefaultTimeout(60000);
  page.on("pageerror", (error) => errors.push(`${name}: ${error}`));
  page.on("console", (message) => message.type() === "error" && errors.push(`${name}: ${message.text()}`));
  return page;
}

async function call({ page, method, args }) {
  const path = method.split(".");
  const last = path.pop();
  const owner = path.reduce((object, name) => object[name], await pageOf(page));
  const result = await owner[last](...args);
  // Most give objects of the browser, which are nothing for others.
  return ["string", "number", "boolean"].includes(typeof result) ? result : null;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { result: await call(JSON.parse(line)) };
  } catch (error) {
    answer = { failure: String(error) };
  }
  console.log(JSON.stringify({ ...answer, errors }));
}
await browser.close();
