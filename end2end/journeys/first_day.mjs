// The main job from end to end: a company signs up, imports its estate, registers a meter, a
// client that is not ours publishes to it, and the dashboard changes by itself. Then the owner
// opens their home with a link and sees that meter, and a stranger sees nothing of it.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { NARROW, accessible, awake, fits, open, shot, shown, visitor } from '../browser.mjs';
import { output } from '../site.mjs';

const run = promisify(execFile);
const password = 'a-long-enough-password';

export default async function firstDay({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);

  // Sign-up, with the live check of the company's code.
  await open(admin, '/');
  await accessible(admin, 'landing');
  await admin.getByRole('link', { name: '免费开通' }).first().click();
  await admin.getByLabel('公司名称').fill('晨光物业');
  await admin.getByLabel('公司代号').fill('Chenguang');
  await admin.getByText('只能用小写字母').waitFor();
  await admin.getByLabel('公司代号').fill('chenguang');
  await admin.getByText('可以用').waitFor();
  await admin.getByLabel('你的姓名').fill('陈晨');
  await admin.getByLabel('登录名').fill('13812340000');
  await admin.getByLabel('密码', { exact: true }).fill('short');
  await admin.getByRole('button', { name: '开通' }).click();
  await admin.getByText('至少要 10 个字符').waitFor();
  await accessible(admin, 'sign-up with an error');
  await shot(admin, 'signup-error');
  await admin.getByLabel('密码', { exact: true }).fill(password);
  await admin.getByRole('button', { name: '开通' }).click();
  await admin.waitForURL('**/console/dashboard**');
  await awake(admin);
  await shot(admin, 'dashboard-empty');
  await accessible(admin, 'empty dashboard');

  // An estate, and its roster: first one with a mistake, of which nothing may be written.
  await open(admin, '/console/estates');
  await admin.getByLabel('名称').fill('晨光里');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('heading', { name: '晨光里' }).waitFor();
  await accessible(admin, 'empty estate');
  await importRoster(admin, 'bad.csv', '楼栋,单元,房号,建筑面积,业主,手机\n3号楼,2单元,1202,一百,王小明,13812345678\n');
  await admin.getByText('面积要写成数字').waitFor();
  await shot(admin, 'import-refused');
  await accessible(admin, 'refused import');
  await importRoster(
    admin,
    'roster.csv',
    '楼栋,单元,房号,建筑面积,业主,手机,入住状态\n3号楼,2单元,1201,89.37,李芳,13812345677,自住\n3号楼,2单元,1202,102.55,王小明,13812345678,自住\n',
  );
  await admin.getByText('已经写入。').waitFor();
  await admin.getByRole('link', { name: '去看小区' }).click();
  await admin.getByRole('link', { name: '1202' }).click();
  await admin.getByRole('heading', { name: '3号楼 2单元 1202' }).waitFor();
  await awake(admin);

  // A meter in that home. Its password is shown once.
  await admin.getByRole('link', { name: '登记设备' }).click();
  await admin.getByLabel('名称').fill('1202 水表');
  await admin.getByLabel('种类').selectOption('water_meter');
  await admin.getByLabel('设备编号').fill('W 1202');
  await admin.getByRole('button', { name: '登记' }).click();
  await admin.getByText('只能用小写字母').waitFor();
  await shot(admin, 'device-new-error');
  await accessible(admin, 'device form with an error');
  await admin.getByLabel('设备编号').fill('w-1202');
  await admin.getByRole('button', { name: '登记' }).click();
  const secret = await shown(admin, '口令');
  await accessible(admin, 'credentials');

  // The dashboard is open before anything is published, and then changes by itself.
  const desk = await admin.context().newPage();
  pages.push(Object.assign(desk, { troubles: [] }));
  await open(desk, '/console/dashboard');
  const tell = (volume) =>
    run('mosquitto_pub', [
      '-h', '127.0.0.1', '-p', String(site.mqtt), '-q', '1', '-V', 'mqttv311',
      '-i', 'chenguang:w-1202', '-u', 'chenguang:w-1202', '-P', secret,
      '-t', 'linli/chenguang/w-1202/telemetry', '-m', JSON.stringify({ volume_m3: volume }),
    ]);
  await tell(412.06);
  await desk.getByText('412.06').first().waitFor();
  await admin.getByText('412.06').first().waitFor();
  await tell(413.5);
  await desk.getByText('413.50').first().waitFor();
  await shot(desk, 'dashboard-first-reading');

  // A wrong password is refused, and a payload that is no reading is counted with its reason.
  await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(site.mqtt), '-i', 'chenguang:w-1202',
    '-u', 'chenguang:w-1202', '-P', 'wrong', '-t', 'linli/chenguang/w-1202/telemetry', '-m', '{}'])
    .then(() => { throw new Error('a wrong password was let in'); }, () => {});
  await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(site.mqtt), '-q', '1', '-i', 'chenguang:w-1202',
    '-u', 'chenguang:w-1202', '-P', secret, '-t', 'linli/chenguang/w-1202/telemetry', '-m', '{"volume_m3": "much"}']);
  await open(admin, '/console/devices');
  await accessible(admin, 'device list');
  await admin.getByRole('link', { name: '1202 水表' }).click();
  await admin.getByRole('heading', { name: '1202 水表' }).waitFor();
  await admin.getByText('413.50').first().waitFor();
  await shot(admin, 'device');
  await accessible(admin, 'device');

  // The owner opens their home with the link, on a phone.
  await open(admin, '/console/estates');
  await admin.getByRole('link', { name: '晨光里' }).first().click();
  await admin.getByRole('link', { name: '1202' }).click();
  await awake(admin);
  await admin.getByRole('button', { name: '生成邀请链接' }).click();
  const link = await shown(admin, '邀请链接');
  const owner = await visitor(browser, site, { size: NARROW });
  pages.push(owner);
  await open(owner, new URL(link).pathname);
  await owner.getByText('王**').waitFor();
  await shot(owner, 'invite');
  await accessible(owner, 'invitation');
  await owner.getByLabel('登录名').fill('13812345678');
  await owner.getByLabel('密码', { exact: true }).fill(password);
  await owner.getByRole('button', { name: '确认是我' }).click();
  await owner.waitForURL('**/home**');
  await awake(owner);
  await owner.getByText('413.50').first().waitFor();
  await tell(414.25);
  await owner.getByText('414.25').first().waitFor();
  await shot(owner, 'home-first-reading');
  await accessible(owner, 'home');
  await fits(owner, 'home');

  // The owner has no business in the console.
  await owner.goto('/console/estates');
  await owner.waitForURL('**/home**');

  // Another company sees nothing of all this.
  const rival = await visitor(browser, site);
  pages.push(rival);
  await open(rival, '/signup');
  await rival.getByLabel('公司名称').fill('竞邻物业');
  await rival.getByLabel('公司代号').fill('chenguang');
  await rival.getByText('已经有公司用了').waitFor();
  await rival.getByLabel('公司代号').fill('jinglin');
  await rival.getByLabel('你的姓名').fill('李建国');
  await rival.getByLabel('登录名').fill('13900001111');
  await rival.getByLabel('密码', { exact: true }).fill(password);
  await rival.getByRole('button', { name: '开通' }).click();
  await rival.waitForURL('**/console/dashboard**');
  await rival.goto(new URL(admin.url()).pathname);
  await rival.getByText('没有找到').first().waitFor();
  if ((await rival.content()).includes('王小明')) throw new Error('a stranger reads a name');

  // Log-out ends the session.
  await open(admin, '/console/dashboard');
  // Away from it first: an open page asks once more whether it may listen, and is refused aloud.
  await admin.goto('about:blank');
  await admin.request.post('/logout', { headers: { origin: site.url } });
  await admin.goto('/console/dashboard');
  await admin.waitForURL('**/login**');
}

async function importRoster(page, name, text) {
  const file = path.join(output, name);
  writeFileSync(file, text);
  await page.getByRole('link', { name: /导入名册|再导入一次/ }).first().click();
  await page.waitForURL('**/console/import?**');
  await page.locator('form[action="/fn/estates/import"] input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: '开始导入' }).click();
  await page.waitForURL('**/console/import/imp_**');
}
