// An admin registers Modbus meters, devices with clients that are not ours and one that speaks HTTP, and
// sees what they say on their own pages and on a dashboard that stays open; one of them is told to open.
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
  // An estate of their own: in the demo's, its hundreds of devices would be the ones heard last.
  await open(page, '/console/estates');
  await page.getByLabel('名称', { exact: true }).fill('北苑');
  await page.getByRole('button', { name: '添加', exact: true }).click();
  await page.getByRole('heading', { name: '北苑' }).waitFor();
  const estate = new URL(page.url()).pathname.split('/').pop();
  const form = `/console/devices/new?estate=${estate}`;

  await open(page, form);
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

  const desk = await visitor(browser, site);
  pages.push(desk);
  await enter(desk, 'admin@demo');
  await open(desk, `/console/dashboard?estate=${estate}`);
  await heard(desk, /备用电表/, '在线');

  await stranger(page, form, desk);
  await thingsboard(page, form, desk);
  await door(page, form, desk);

  await open(page, form);
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
  await heard(desk, /门口 水表/, '1,024.80');
  await shot(desk, 'protocols-dashboard');
}

/** On the dashboard that is open, by itself. */
const heard = (desk, name, word) => desk.getByRole('row', { name }).getByText(word).waitFor();

/** From where a device was registered to its own page, where the point says the same. */
async function toDevice(page, name, point, value) {
  await page.getByRole('link', { name: '看这台设备' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  // A number has its unit behind it.
  await page.getByRole('row', { name: point }).first().getByText(new RegExp(`^${value}`)).waitFor();
}

/** What an MQTT device was given to connect with, as arguments and environment of a peer. */
async function given(page) {
  await page.getByText('口令只显示这一次').first().waitFor();
  const [username, password, topic, address] = await Promise.all(
    ['用户名', '口令', '主题', '服务器'].map((label) => shown(page, label)),
  );
  const [, host, port] = address.match(/([\d.]+):(\d+)/);
  const env = { ...process.env, LINLI_DEVICE_PASSWORD: password };
  return { args: [host, port, username, topic.replace(/\/telemetry$/, '')], env };
}

/** A meter that is not ours, with a map of its own: the low word first, and a register that is not there. */
async function stranger(page, form, desk) {
  const meter = spawn(process.env.LINLI_PYTHON, ['end2end/peers/meter.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = await once(meter.stdout, 'data');
    const float = { function: 3, type: 'f32', word_order: 'little' };
    const registers = [
      { name: 'energy', point: 'energy_kwh', address: 0, unit: 'kWh', ...float },
      { name: 'power', point: 'power_w', address: 2, unit: 'W', ...float },
      { name: 'frequency', address: 40, unit: 'Hz', ...float },
    ];
    await open(page, form);
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
    await toDevice(page, '商铺 12 电表', /energy_kwh/, '1,234.50');
    // Beside the point, and among what was refused.
    await page.getByText('设备没有这个寄存器').nth(1).waitFor();
    await look(page, 'modbus-stranger');
    await heard(desk, /商铺 12 电表/, '1,234.50');
  } finally {
    meter.stdin.end();
  }
}

/** A device made for ThingsBoard, with its client: only the topic is another. */
async function thingsboard(page, form, desk) {
  await open(page, form);
  await page.getByLabel('名称').fill('门卫室 电表');
  await page.getByLabel('设备编号').fill('thingsboard-1');
  await page.getByLabel('种类').selectOption('electricity_meter');
  await page.getByRole('button', { name: '登记', exact: true }).click();
  const { args, env } = await given(page);
  await promisify(execFile)(process.env.LINLI_THINGSBOARD, ['end2end/peers/thingsboard.py', ...args], { env, timeout: 120_000 });
  await page.getByText('收到了，读数已经存好。').waitFor();
  await page.getByText('501.50').waitFor();
  await page.getByText('640').waitFor();
  await toDevice(page, '门卫室 电表', /energy_kwh/, '501.50');
  await heard(desk, /门卫室 电表/, '501.50');
}

/** A door with paho: it is told to open, and what it answers is on its page. */
async function door(page, form, desk) {
  await open(page, form);
  await page.getByLabel('名称').fill('北门 道闸');
  await page.getByLabel('设备编号').fill('paho-1');
  await page.getByLabel('种类').selectOption('door');
  await page.getByRole('button', { name: '登记', exact: true }).click();
  const { args, env } = await given(page);
  const peer = spawn(process.env.LINLI_PYTHON, ['end2end/peers/door.py', ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const over = once(peer, 'exit');
  const early = over.then(([code]) => Promise.reject(new Error(`the door ended with ${code}`)));
  try {
    await Promise.race([once(peer.stdout, 'data'), early]);
    await page.getByText('收到了，读数已经存好。').waitFor();
    await toDevice(page, '北门 道闸', /门开着/, '关着');
    await heard(desk, /北门 道闸/, '关着');

    await page.getByRole('button', { name: '开门' }).click();
    const sure = page.getByRole('dialog');
    await sure.getByText('请先确认现场安全').waitFor();
    await sure.getByRole('button', { name: '开门' }).click();
    await page.getByText('已完成').first().waitFor();
    await page.getByRole('row', { name: /门开着/ }).first().getByText('开着', { exact: true }).waitFor();
    await heard(desk, /北门 道闸/, '开着');
    const [code] = await over;
    if (code !== 0) throw new Error(`the door ended with ${code}`);
  } finally {
    peer.kill();
  }
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
