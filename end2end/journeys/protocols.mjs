// An admin registers Modbus meters and a device that speaks HTTP, and sees what they say.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { NARROW, WIDE, accessible, fits, open, shot, shown, visitor } from '../browser.mjs';
import { enter } from '../demo.mjs';

export const command = 'demo';

export default async function protocols({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await enter(page, 'admin@demo');

  await open(page, '/console/devices/new');
  await page.getByRole('radio', { name: /^Modbus/ }).check();
  await page.getByLabel('名称').fill('3号楼 备用电表');
  await page.getByLabel('种类').selectOption('electricity_meter');
  await page.getByLabel('主机').fill('http://meters');
  await page.getByLabel('端口').fill('五百');
  await page.getByLabel('型号').selectOption({ label: '自己的点表' });
  const map = { registers: [{ name: 'a', address: 0, function: 9, type: 'u16' }] };
  await page.getByRole('textbox', { name: '自己的点表' }).fill(JSON.stringify(map));
  const register = page.getByRole('button', { name: '登记', exact: true });
  await register.click();
  // What is wrong stands beside its field, and nothing that was typed is lost.
  await page.getByText('格式不对').first().waitFor();
  await look(page, 'modbus-flaws');
  await page.getByLabel('主机').fill('127.0.0.1');
  await page.getByLabel('端口').fill('15502');
  await register.click();
  await page.getByText('registers.0.function').waitFor();

  // The cabinet of the demo has such a meter at 2.
  await page.getByLabel('站号').fill('2');
  await page.getByLabel('间隔').fill('1');
  await page.getByLabel('型号').selectOption({ label: 'Chint (正泰) DTSU666' });
  await look(page, 'modbus-new');
  await register.click();
  await page.getByText('收到了，读数已经存好。').waitFor();
  await look(page, 'modbus-made');
  await page.getByRole('link', { name: '看这台设备' }).click();
  await page.getByText('127.0.0.1:15502').waitFor();
  await page.getByText('每 1 秒一次').waitFor();
  await look(page, 'modbus-device');

  await stranger(page);
  await thingsboard(page);

  await open(page, '/console/devices/new');
  await page.getByRole('radio', { name: /^HTTP/ }).check();
  await page.getByLabel('名称').fill('门口 水表');
  await page.getByLabel('设备编号').fill('gate-water');
  await register.click();
  await page.getByText('口令只显示这一次').first().waitFor();
  const line = await shown(page, '命令');
  // The line as it stands there, pasted into a shell.
  execFileSync('sh', ['-c', `${line} --silent --fail-with-body`]);
  await page.getByText('收到了，读数已经存好。').waitFor();
  await page.getByText('1,024.80').waitFor();
  await look(page, 'http-made');
}

/** A meter that is not ours, with a map of its own: the low word first, and a register that is not there. */
async function stranger(page) {
  const meter = spawn(process.env.LINLI_PYTHON, ['end2end/peers/meter.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = await once(meter.stdout, 'data');
    const float = { function: 3, type: 'f32', word_order: 'little' };
    const registers = [
      { name: 'energy', point: 'energy_kwh', address: 0, unit: 'kWh', ...float },
      { name: 'power', point: 'power_w', address: 2, unit: 'W', ...float },
      { name: 'frequency', address: 40, unit: 'Hz', ...float },
    ];
    await open(page, '/console/devices/new');
    await page.getByRole('radio', { name: /^Modbus/ }).check();
    await page.getByLabel('名称').fill('商铺 12 电表');
    await page.getByLabel('种类').selectOption('electricity_meter');
    await page.getByLabel('主机').fill('127.0.0.1');
    await page.getByLabel('端口').fill(`${port}`.trim());
    await page.getByLabel('站号').fill('9');
    await page.getByLabel('间隔').fill('1');
    await page.getByLabel('型号').selectOption({ label: '自己的点表' });
    await page.getByRole('textbox', { name: '自己的点表' }).fill(JSON.stringify({ registers }));
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await page.getByText('1,234.50').waitFor();
    await page.getByText('−87').waitFor();
    await page.getByRole('link', { name: '看这台设备' }).click();
    await page.getByText('设备没有这个寄存器').waitFor();
    await look(page, 'modbus-stranger');
  } finally {
    meter.stdin.end();
  }
}

/** A device made for ThingsBoard, with its client: only the topic is another. */
async function thingsboard(page) {
  await open(page, '/console/devices/new');
  await page.getByLabel('名称').fill('门卫室 电表');
  await page.getByLabel('设备编号').fill('thingsboard-1');
  await page.getByLabel('种类').selectOption('electricity_meter');
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await page.getByText('口令只显示这一次').first().waitFor();
  const [username, password, topic, address] = await Promise.all(
    ['用户名', '口令', '主题', '服务器'].map((label) => shown(page, label)),
  );
  const [, host, port] = address.match(/([\d.]+):(\d+)/);
  const env = { ...process.env, LINLI_DEVICE_PASSWORD: password };
  const peer = ['end2end/peers/thingsboard.py', host, port, username, topic.replace(/\/telemetry$/, '')];
  await promisify(execFile)(process.env.LINLI_THINGSBOARD, peer, { env, timeout: 120_000 });
  await page.getByText('收到了，读数已经存好。').waitFor();
  await page.getByText('501.50').waitFor();
  await page.getByText('640').waitFor();
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
