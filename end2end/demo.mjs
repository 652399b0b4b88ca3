// What the journeys in the demo share: logging in as one of its people, and waiting for its devices.
import { open } from './browser.mjs';

export const PASSWORD = 'linli-demo-2026';

/** Logs in, in whichever language the page is, and waits until the first page of that hat is there. */
export async function enter(page, login) {
  await open(page, '/login');
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.getByRole('button', { name: /^(登录|Log in)$/ }).last().click();
  await page.waitForURL(/\/(console|home)/);
}

/** Waits until every simulated device has told its past, so that curves and sums are whole. */
export const settled = (site) => site.says('the simulated devices have told their past');

/** Chooses a language, as a person would: inside, the company's counts otherwise, not the browser's. */
export const speaks = (page, lang) => page.goto(`/?lang=${lang}`);
