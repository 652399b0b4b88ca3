// What an estate's meters used, beside the days before, and what is lost below a main meter: the
// meters below it are ticked on its own page, with and without scripts.
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { PASSWORD, enter, settled } from '../demo.mjs';

export const command = 'demo';

export default async function energy({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await enter(page, 'admin@demo');
  await settled(site);
  await page.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '能耗' }).click();
  await page.getByRole('heading', { name: '能耗' }).waitFor();
  const power = page.getByRole('region', { name: '用电' });
  await power.getByText('零点到现在').waitFor();
  await page.getByRole('region', { name: '用水' }).waitFor();
  if (await page.getByText('总表与分表').count()) throw new Error('losses are told where nothing hangs below anything');

  // The pumps' meter counts the lifts' once more.
  await hangs(page, '生活水泵房 电表', async () => {
    await awake(page);
    await page.getByLabel('3号楼 电梯电表').check();
    const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/fn/devices/hang');
    await saves(page);
    if (!(await answered).ok()) throw new Error(`hanging was answered with ${(await answered).status()}`);
  });
  await shot(page, 'main-meter');
  await accessible(page, 'main meter');
  await open(page, '/console/energy');
  const losses = page.getByRole('table', { name: '总表与分表' });
  await losses.getByRole('rowheader', { name: '生活水泵房 电表' }).waitFor();
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    await shot(page, `energy-${size.width}`);
    await fits(page, `energy-${size.width}`);
    await accessible(page, `energy-${size.width}`);
  }

  // Without scripts the same form takes it away again.
  const plain = await visitor(browser, site, { javaScriptEnabled: false });
  pages.push(plain);
  await plain.goto('/login');
  await plain.locator('input[name=login]').fill('admin@demo');
  await plain.locator('input[name=password]').fill(PASSWORD);
  await plain.getByRole('button', { name: '登录' }).last().click();
  await plain.waitForURL('**/console/**');
  await hangs(plain, '生活水泵房 电表', async () => {
    await plain.getByLabel('3号楼 电梯电表').uncheck();
    await saves(plain);
  });
  await plain.goto('/console/energy');
  await plain.getByRole('region', { name: '用电' }).waitFor();
  if (await plain.getByText('总表与分表').count()) throw new Error('it still hangs below');
}

/** On the page of one of the estate's own meters. */
async function hangs(page, name, act) {
  await page.goto('/console/devices?kind=electricity_meter');
  for (;;) {
    const link = page.getByRole('link', { name, exact: true });
    if (await link.count()) {
      await page.goto(await link.first().getAttribute('href'));
      break;
    }
    await page.goto(await page.getByRole('link', { name: '下一页' }).getAttribute('href'));
  }
  await page.getByRole('heading', { name: '下级分表' }).waitFor();
  await act();
}

/** The form that the ticks are in: another one on the page has such a button too. */
const saves = (page) => page.locator('form:has(input[name="below[]"])').getByRole('button').click();
