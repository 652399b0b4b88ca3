// What a phone on a slow line downloads before the two first pages are alive, as it travels.
import { NARROW, awake, visitor } from '../browser.mjs';
import { enter } from '../demo.mjs';

export const command = 'demo';
/** Bytes of brotli: as in scripts/size-budget, which knows where they come from. */
const BUDGET = 450 * 1024;

export default async function weight({ site, browser, pages }) {
  for (const [login, address] of [['admin@demo', '/console/dashboard'], ['owner@demo', '/home']]) {
    const page = await visitor(browser, site, { size: NARROW });
    pages.push(page);
    await enter(page, login);

    const fresh = await page.context().newPage();
    const session = await page.context().newCDPSession(fresh);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const kinds = new Map();
    let bytes = 0;
    session.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      // The document is the page itself; what it loads is what the budget is about.
      if (kinds.get(requestId) !== 'Document') bytes += encodedDataLength;
    });
    await fresh.goto(address);
    await awake(fresh);
    await fresh.waitForLoadState('networkidle');
    console.log(`     ${address} loads ${bytes} bytes, of ${BUDGET}`);
    if (bytes > BUDGET) throw new Error(`${address} loads ${bytes - BUDGET} bytes too many`);
    if (bytes < 100_000) throw new Error(`${address} loaded only ${bytes} bytes: is anything counted?`);
  }
}
