// An admin imports the table of registers of a maker's manual, mends the one cell that was wrong, registers
// a meter with the model, and sees what it says; then the model is changed, and the meter follows.
import { NARROW, WIDE, accessible, fits, open, shot, visitor } from '../browser.mjs';
import { enter } from '../demo.mjs';

export const command = 'demo';

// What stands at 2 in the demo's cabinet, as its manual prints it.
const TABLE = (type) =>
  [
    '名称,测点,地址,功能码,数据类型,倍率,单位,最小值,最大值',
    `正向有功总电能,,0x101E,3,${type},1,kWh,0,1000000`,
    'power_total,power_w,8210,3,float,0.1,W,-100000,100000',
    'A相电压,,8198,3,float,0.1,V,0,500',
  ].join('\n');

export default async function models({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await enter(page, 'admin@demo');

  await open(page, '/console/devices');
  await page.getByRole('link', { name: '设备型号' }).click();
  await page.getByRole('heading', { name: '设备型号', level: 1 }).waitFor();
  await page.getByText('邻里自带').first().waitFor();
  await look(page, 'models-list');

  await page.getByRole('link', { name: '添加型号' }).click();
  await page.getByRole('heading', { name: '从寄存器表导入' }).waitFor();
  await look(page, 'models-new');
  await bring(page, TABLE('float128'));
  await page.getByRole('heading', { name: /没有/ }).first().waitFor();
  await page.getByText('不认识的类型', { exact: false }).waitFor();
  await page.getByText('类型 type').waitFor();
  await look(page, 'models-refused');
  await page.getByRole('link').first().click();

  await bring(page, TABLE('float'));
  await page.getByRole('heading', { name: '正泰 DTSU666 自录', level: 1 }).waitFor();
  await page.getByText('energy_kwh').first().waitFor();
  await page.getByText('0x101E').waitFor();
  await look(page, 'models-one');

  await open(page, '/console/devices/new');
  await page.getByRole('radio', { name: /^Modbus/ }).check();
  await page.getByLabel('名称').fill('配电房 总表');
  await page.getByLabel('种类').selectOption('electricity_meter');
  await page.getByLabel('主机').fill('127.0.0.1');
  await page.getByLabel('端口').fill('15502');
  await page.getByLabel('站号').fill('2');
  await page.getByLabel('间隔').fill('1');
  await page.getByLabel('型号').selectOption({ label: '正泰 DTSU666 自录' });
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await page.getByText('收到了，读数已经存好。').waitFor();
  await page.getByRole('link', { name: '看这台设备' }).click();
  await page.getByRole('link', { name: '正泰 DTSU666 自录' }).waitFor();
  await page.getByText('有效 0 到 1000000').waitFor();
  await look(page, 'models-device');
  const device = page.url();

  // A range that the meter's voltage is not in: what it says is refused, with the reason.
  await page.getByRole('link', { name: '正泰 DTSU666 自录' }).click();
  await page.getByRole('link', { name: '配电房 总表' }).waitFor();
  await page.getByRole('link', { name: '修改' }).click();
  const most = page.getByLabel(/^最大值 · 第 3 行/).first();
  await most.fill('十');
  const save = page.getByRole('button', { name: '保存', exact: true });
  await save.click();
  await page.getByText('格式不对').waitFor();
  await look(page, 'models-edit');
  await most.fill('10');
  await save.click();
  await page.getByText('0 到 10', { exact: true }).waitFor();
  await page.goto(device);
  // It is told while the page is open; the counts are those of when it was asked for.
  await page.getByText('读不到').first().waitFor();
  await page.reload();
  await page.getByRole('strong').getByText('超出有效范围').waitFor();
  await look(page, 'models-out-of-range');

  await page.getByRole('link', { name: '正泰 DTSU666 自录' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '下载 JSON' }).click(),
  ]);
  if (file.suggestedFilename() !== 'linli-model-chint-own.json') throw new Error(file.suggestedFilename());
  // While a device follows it, it can be archived and not deleted.
  if (await page.getByRole('button', { name: '删除型号' }).count()) throw new Error('it could be deleted');
  await page.getByRole('button', { name: '停用型号' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: '停用型号' }).click();
  await page.getByText('已停用：', { exact: false }).waitFor();
  await look(page, 'models-archived');
}

/** Imports a table of registers by the form of the page. */
async function bring(page, table) {
  const card = page.locator('.panel', { has: page.getByRole('heading', { name: '从寄存器表导入' }) });
  await card.getByLabel('名称').fill('DTSU666 自录');
  await card.getByLabel('厂家').fill('正泰');
  await card.getByLabel('编号').fill('chint-own');
  await card.getByLabel('种类').selectOption('electricity_meter');
  await card.getByLabel('寄存器表').setInputFiles({ name: '寄存器.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await card.getByRole('button', { name: '导入' }).click();
}

async function look(page, name) {
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    await shot(page, `${name}-${size.width}`);
    await fits(page, `${name} at ${size.width}`);
  }
  await accessible(page, name);
  await page.setViewportSize(WIDE);
}
