// Chromium, pages with every error noticed, axe, and screenshots.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { output } from './site.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The two widths that everything is looked at. */
export const WIDE = { width: 1440, height: 1000 };
export const NARROW = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.LINLI_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/** A fresh person: own cookies, own errors. Console errors and failed scripts fail the journey. */
export async function visitor(browser, site, options = {}) {
  const { lang = 'zh-CN', theme = 'light', size = WIDE, javaScriptEnabled = true } = options;
  const context = await browser.newContext({
    baseURL: site.url,
    viewport: size,
    locale: lang,
    colorScheme: theme,
    reducedMotion: 'reduce',
    javaScriptEnabled,
    bypassCSP: false,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected(message.text())) troubles.push(`console: ${message.text()}`);
  });
  page.troubles = troubles;
  // Chromium notes every refusal in the console; the journeys look at what the page says instead.
  page.errorsAllowed = [/status of 4\d\d/];
  const expected = (text) => page.errorsAllowed.some((pattern) => pattern.test(text));
  return page;
}

/** Waits until wasm has woken the page up. */
export async function awake(page) {
  await page.waitForFunction(() => document.documentElement.classList.contains('wasm'));
}

/** Opens an address and waits until it is awake. */
export async function open(page, address) {
  const answer = await page.goto(address);
  await awake(page);
  return answer;
}

/** Fails on anything that axe calls serious or critical. Runs in an isolated world, past the CSP. */
export async function accessible(page, what) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
  });
  const run = (expression) =>
    session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true });
  await run(axe);
  const answer = await run(
    `axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations
      .filter((v) => ['serious', 'critical'].includes(v.impact))
      .map((v) => v.id + ': ' + v.nodes.slice(0, 4).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))`,
  );
  await session.detach();
  if (answer.exceptionDetails) throw new Error(`axe failed: ${JSON.stringify(answer.exceptionDetails)}`);
  if (answer.result.value.length) throw new Error(`axe on ${what}:\n  ${answer.result.value.join('\n  ')}`);
}

/** Writes a screenshot of the whole page. */
export async function shot(page, name, { full = true } = {}) {
  mkdirSync(output, { recursive: true });
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: full, animations: 'disabled' });
}

/** No sideways scrolling, whatever the width. */
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) throw new Error(`${what} is ${over} px too wide`);
}

/** The text of the box to copy from that has this label. */
export function shown(page, label) {
  const box = page.locator('.copy', { has: page.locator('.copy-label', { hasText: label }) });
  return box.locator('.copy-value').first().innerText();
}
