// Runs the journeys, each against a Linli of its own, those of the demo beside the others: much of one is
// waiting, and the demo's meter cabinet has one address.   node end2end/run.mjs [name…]
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { launch } from './browser.mjs';
import { output, root, start } from './site.mjs';

// A journey that waits for something that never comes says so, instead of holding up all that follows.
const LIMIT = 20 * 60_000;

const wanted = process.argv.slice(2);
const folder = path.join(root, 'end2end/journeys');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -4))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .sort();

rmSync(output, { recursive: true, force: true });
const journeys = await Promise.all(
  names.map(async (name) => ({ name, command: 'serve', ...(await import(path.join(folder, `${name}.mjs`))) })),
);
const lanes = ['demo', 'serve'].map((of) => journeys.filter(({ command }) => command === of));
const browser = await launch();
let passed = 0;
let failed = 0;
try {
  await Promise.all(lanes.map(oneByOne));
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function oneByOne(lane) {
  for (const journey of lane) {
    if (await go(journey)) passed += 1;
    else failed += 1;
  }
}

/** Whether a journey came to its end. */
async function go({ name, command, default: journey }) {
  const began = Date.now();
  let site;
  const pages = [];
  try {
    site = await start(command);
    await within(journey({ site, browser, pages }));
    const troubles = pages.flatMap((page) => page.troubles);
    if (troubles.length) throw new Error(troubles.join('\n'));
    console.log(`ok   ${name} (${Date.now() - began} ms)`);
    return true;
  } catch (error) {
    console.log(`FAIL ${name}: ${error.stack ?? error}`);
    for (const [n, page] of pages.entries()) {
      for (const trouble of page.troubles) console.log(`     ${trouble}`);
      await page.screenshot({ path: path.join(output, `failed-${name}-${n}.png`), fullPage: true }).catch(() => {});
      console.log(`     page ${n} was at ${page.url().replace(/invite\/.*/, 'invite/…')}`);
    }
    return false;
  } finally {
    for (const page of pages) await page.context().close().catch(() => {});
    await site?.stop();
  }
}

async function within(journey) {
  let late;
  const limit = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`not over after ${LIMIT / 60_000} minutes`)), LIMIT);
  });
  await Promise.race([journey, limit]).finally(() => clearTimeout(late));
}
