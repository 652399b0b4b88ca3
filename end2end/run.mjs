// Runs the journeys, each against a Linli of its own, two at a time: much of one is waiting.
//   node end2end/run.mjs [name…]
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
// The longest goes first, so that none is left for the end.
names.sort((one, other) => (other === 'looks') - (one === 'looks'));
const browser = await launch();
let passed = 0;
let failed = 0;
const rest = names.values();
try {
  await Promise.all([walk(rest), walk(rest)]);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Goes one journey after the other, of those that nobody has begun. */
async function walk(rest) {
  for (const name of rest) {
    if (await go(name)) passed += 1;
    else failed += 1;
  }
}

async function go(name) {
  const journey = await import(path.join(folder, `${name}.mjs`));
  const began = Date.now();
  let site;
  const pages = [];
  try {
    site = await start(journey.command ?? 'serve');
    await within(journey.default({ site, browser, pages }));
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
