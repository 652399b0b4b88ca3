// Boards: equipment and doors, live; a device that falls silent, a door that is opened, a screen on the
// wall that says when it is cut off, catches up after a restart, and shows nothing once its session is over.
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { PASSWORD, enter, settled } from '../demo.mjs';
import { start } from '../site.mjs';

export const command = 'demo';

const SCREEN = { width: 1920, height: 1080 };

export default async function equipment({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await enter(page, 'admin@demo');
  await settled(site);
  const rail = page.getByRole('navigation', { name: '栏目' });
  await rail.getByRole('link', { name: '设备设施' }).click();
  await page.getByRole('heading', { name: '设备设施' }).waitFor();
  await page.getByRole('table', { name: '电梯' }).getByRole('row', { name: /1号梯/ }).first().waitFor();
  const estate = /est_\w+/.exec(await page.getByRole('link', { name: '大屏' }).getAttribute('href'))[0];

  // A smoke alarm of our own: it is heard, it rings, it is silent.
  const device = await registers(site, estate);
  await device.says({ smoke_db_m: 0.01, alarm: false });
  await open(page, `/console/equipment?estate=${estate}&kind=smoke_alarm`);
  const row = page.getByRole('row', { name: /地库烟感/ });
  await row.getByText('在线').waitFor();
  await device.says({ smoke_db_m: 0.37, alarm: false });
  await row.getByText('0.37').waitFor();
  await device.says({ alarm: true });
  await row.getByText('报警', { exact: true }).waitFor();
  // The order is the server's: it comes to the top.
  await page.getByRole('rowheader', { name: '需要处理' }).waitFor();
  await seen(page, 'equipment-alarm');
  await open(page, `/console/equipment?estate=${estate}`);
  await page.getByRole('table', { name: '水泵' }).waitFor();
  await seen(page, 'equipment');
  await device.says({ alarm: false });
  await page.getByRole('rowheader', { name: '需要处理' }).waitFor({ state: 'detached' });

  await fallsSilent(page, estate, device);
  await doors(page, estate, browser);
  await wall(site, browser, pages, estate);
}

/** Its own clock runs ahead: what nobody hears of grows old by the rhythm that it had. */
async function fallsSilent(page, estate, device) {
  for (let n = 0; n < 4; n += 1) {
    await device.says({ smoke_db_m: 0.02 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  }
  await page.clock.install();
  await open(page, `/console/equipment?estate=${estate}&kind=smoke_alarm`);
  const row = page.getByRole('row', { name: /地库烟感/ });
  await row.getByText('在线').waitFor();
  for (const [time, word] of [['01:00', '迟到'], ['10:00', '久未上报'], ['01:00:00', '失联']]) {
    await page.clock.fastForward(time);
    await row.getByText(word).waitFor();
  }
  await page.clock.resume();
}

/** Opened from the row, with one question more; the answer arrives by itself. */
async function doors(page, estate, browser) {
  const site = { url: new URL(page.url()).origin };
  const desk = await visitor(browser, site);
  await enter(desk, 'admin@demo');
  await open(desk, `/console/doors?estate=${estate}`);
  const row = desk.getByRole('row', { name: /单元门禁/ }).first();
  await row.getByRole('button', { name: '开门' }).click();
  const sure = desk.getByRole('dialog');
  await sure.getByText('请先确认现场安全').waitFor();
  await accessible(desk, 'the question before a door opens');
  await sure.getByRole('button', { name: '开门' }).click();
  await row.getByText('已完成').waitFor();
  await sure.waitFor({ state: 'detached' });
  if (!desk.url().includes('/console/doors')) throw new Error(`the door led to ${desk.url()}`);
  await desk.getByRole('heading', { name: '刚打开的门' }).waitFor();
  await seen(desk, 'doors');
  if (desk.troubles.length) throw new Error(desk.troubles.join('\n'));
  await desk.context().close();
}

async function wall(site, browser, pages, estate) {
  const screen = await visitor(browser, site, { size: SCREEN });
  pages.push(screen);
  await enter(screen, 'admin@demo');
  await open(screen, `/console/wall/${estate}`);
  await screen.getByRole('heading', { name: '阳光花园' }).waitFor();
  await screen.getByText('实时', { exact: true }).waitFor();
  for (const size of [SCREEN, WIDE, NARROW]) {
    await screen.setViewportSize(size);
    await shot(screen, `wall-${size.width}`, { full: false });
    await fits(screen, `wall-${size.width}`);
    await accessible(screen, `wall-${size.width}`);
  }
  await screen.setViewportSize(SCREEN);
  const over = await screen.evaluate(() => document.documentElement.scrollHeight - innerHeight);
  if (over > 0) throw new Error(`the wall is ${over} px too high`);

  // The server goes and comes back under the same address: the screen says so, and catches up.
  for (const each of [screen, ...pages]) each.errorsAllowed.push(/WebSocket/, /Failed to (load|fetch)/, /ERR_CONNECTION/, /status of 5\d\d/);
  await site.end();
  await screen.getByText('连接断开').waitFor();
  await shot(screen, 'wall-away', { full: false });
  await accessible(screen, 'wall-away');
  const again = await start('demo', site.dir, { LINLI_HTTP_ADDR: new URL(site.url).host });
  try {
    await screen.getByText('连接断开').waitFor({ state: 'detached', timeout: 60_000 });
    await screen.getByText('实时', { exact: true }).waitFor();

    // Logged out elsewhere in the same browser: no figure stays that looks fresh.
    const desk = await screen.context().newPage();
    await desk.goto(`${site.url}/console/me`);
    await desk.locator('.topbar-end summary').last().click();
    await desk.getByRole('button', { name: '退出登录' }).click();
    await desk.waitForURL(/login|\/$/);
    await screen.getByText('登录已经结束').waitFor({ timeout: 30_000 });
    if (await screen.locator('.wall-number').count()) throw new Error('figures stay after the session is over');
    await shot(screen, 'wall-ended', { full: false });
    await accessible(screen, 'wall-ended');
  } finally {
    await again.end();
  }
}

/** A smoke alarm that speaks HTTP. */
async function registers(site, estate) {
  const call = async (path, body, token) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: token }) };
    const answer = await fetch(`${site.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
    return answer.json().catch(() => ({}));
  };
  const { access_token: token } = await call('/api/v1/auth/token', { tenant: 'demo', login: 'admin@demo', password: PASSWORD });
  const made = await call(
    '/api/v1/devices',
    { name: '地库烟感', kind: 'smoke_alarm', estate, place: 'B1 车库', transport: { http: {} } },
    `Bearer ${token}`,
  );
  const { username, password } = made.credentials;
  return { says: (values) => call('/api/v1/telemetry', values, `Device ${username}:${password}`) };
}

async function seen(page, name) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const size of [NARROW, WIDE]) {
      await page.setViewportSize(size);
      await shot(page, `${name}-${theme}-${size.width}`);
      await fits(page, `${name}-${theme}-${size.width}`);
      await accessible(page, `${name}-${theme}-${size.width}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await awake(page);
}
