// Devices in the desk's hands: a sheet registers many, its bad cells are named, the passwords let a device
// speak; and a door is opened from its page, and says that it was.
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { enter, settled } from '../demo.mjs';

export const command = 'demo';

const HEAD = '名称 name,类型 kind,编号 key,房屋 home,位置 place';

export default async function devices({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await enter(page, 'admin@demo');
  await settled(site);

  await open(page, '/console/devices/new');
  await page.getByRole('heading', { name: '批量登记' }).waitFor();
  await seen(page, 'sheet-form');
  const template = page.waitForEvent('download');
  await page.getByRole('link', { name: '下载模板' }).click();
  if (!(await template).suggestedFilename().endsWith('.xlsx')) throw new Error('the template is no workbook');

  // A file without the columns leads back to the form, with a word.
  await posts(page, 'what,ever\n1,2\n');
  await page.getByText('表里没有“名称”和“类型”这两列').waitFor();

  await posts(page, `${HEAD}\n走廊水表,水表,hall-w,,一层走廊\n,飞碟,hall-w,99-9999,\n`);
  await page.getByRole('heading', { name: '一行也没有写入' }).waitFor();
  for (const word of ['请填写', '没有这种设备', '已经有设备用了这个编号', '这个小区没有这套房屋']) {
    await page.getByRole('cell', { name: word }).first().waitFor();
  }
  await seen(page, 'sheet-refused');
  await page.getByRole('link', { name: '回去再传' }).click();

  await posts(page, `${HEAD}\n走廊水表,水表,hall-w,,一层走廊\n后门,门禁,,,后门\n`);
  await page.getByRole('heading', { name: '设备口令表' }).waitFor();
  await seen(page, 'sheet-passwords');
  if ((await page.title()) !== '设备口令表') throw new Error(`the sheet is called ${await page.title()}`);
  const row = page.getByRole('row', { name: /走廊水表/ });
  const [user, password] = await row.locator('code').allInnerTexts();
  if (user !== 'demo:hall-w') throw new Error(`the meter logs in as ${user}`);

  const answer = await fetch(`${site.url}/api/v1/telemetry`, {
    method: 'POST',
    headers: { authorization: `Device ${user}:${password}`, 'content-type': 'application/json' },
    body: JSON.stringify({ volume_m3: 12.5 }),
  });
  if (answer.status !== 202) throw new Error(`its reading was answered with ${answer.status}`);
  await toDevice(page, '走廊水表', 'water_meter');
  await page.getByText('12.5').first().waitFor();

  await toDevice(page, /单元门禁/, 'door');
  await awake(page);
  await page.getByRole('button', { name: '开门' }).click();
  const sure = page.getByRole('dialog');
  await sure.getByText('请先确认现场安全').waitFor();
  await accessible(page, 'the question before a door opens');
  await sure.getByRole('button', { name: '开门' }).click();
  await page.getByText('已完成').first().waitFor();
  await seen(page, 'door-opened');
}

/** Posts the sheet on the page of a new device. */
async function posts(page, text) {
  await page.getByLabel('填好的设备表').setInputFiles({ name: 'devices.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: '登记整张表' }).click();
}

async function toDevice(page, name, kind) {
  await page.goto(`/console/devices?kind=${kind}`);
  for (;;) {
    const link = page.getByRole('link', { name, exact: true });
    if (await link.count()) {
      await page.goto(await link.first().getAttribute('href'));
      return;
    }
    await page.goto(await page.getByRole('link', { name: '下一页' }).getAttribute('href'));
  }
}

async function seen(page, name) {
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    await shot(page, `${name}-${size.width}`);
    await fits(page, `${name}-${size.width}`);
    await accessible(page, `${name}-${size.width}`);
  }
}
