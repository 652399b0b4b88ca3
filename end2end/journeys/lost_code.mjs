// When the code of a page does not arrive, the page stays readable, says so, and another try works.
import { awake, open, shot, visitor } from '../browser.mjs';
import { enter } from '../demo.mjs';

export const command = 'demo';

export default async function lostCode({ site, browser, pages }) {
  const page = await visitor(browser, site);
  // What the loader says about the requests that are cut below.
  page.errorsAllowed.push(/ERR_FAILED|Failed to fetch|TypeError/);
  pages.push(page);
  await enter(page, 'admin@demo');
  await open(page, '/console/dashboard');

  const devices = (url) => url.pathname.endsWith('/devices.wasm');
  await page.route(devices, (route) => route.abort());
  await page.getByRole('link', { name: '设备', exact: true }).first().click();
  await page.getByText('这一页没有加载下来').waitFor();
  await shot(page, 'lost-code');
  // Elsewhere everything goes on.
  await page.getByRole('link', { name: '总览', exact: true }).first().click();
  await page.getByRole('heading', { name: '总览' }).waitFor();
  await page.getByRole('link', { name: '设备', exact: true }).first().click();
  await page.getByText('这一页没有加载下来').waitFor();
  await page.unroute(devices);
  await page.getByRole('link', { name: '再试一次' }).click();
  await page.getByRole('heading', { name: '设备', exact: true }).waitFor();
  await awake(page);

  // Opened cold, the page stays as the server wrote it, and its plain links work.
  const frame = (url) => url.pathname.endsWith('/console.wasm');
  await page.route(frame, (route) => route.abort());
  const cut = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/console.wasm'));
  await page.goto('/console/dashboard');
  await cut;
  await page.getByText('当前功率').first().waitFor();
  await page.getByRole('link', { name: '设备', exact: true }).first().click();
  await page.waitForURL('**/console/devices**');
  await page.getByRole('heading', { name: '设备', exact: true }).waitFor();
}
