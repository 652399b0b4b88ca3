// An admin lets three people in to work at two estates. Each sees and does just what their role
// allows where it was given, and a role that is taken away counts on the next click.
import { NARROW, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { joined, joins, signUp } from '../company.mjs';

export default async function staff({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin);
  for (const name of ['晨光里', '晨光外滩']) {
    await open(admin, '/console/estates');
    await admin.getByLabel('名称', { exact: true }).fill(name);
    await admin.getByRole('button', { name: '添加' }).click();
    await admin.getByRole('heading', { name }).waitFor();
    await admin.getByLabel('楼栋名称').fill('1号楼');
    await admin.getByRole('button', { name: '添加' }).last().click();
    await admin.getByRole('link', { name: /1号楼/ }).first().waitFor();
  }

  // A form that says too little is refused beside its fields, and keeps what was typed.
  await open(admin, '/console/staff');
  await admin.getByRole('link', { name: '陈晨' }).waitFor();
  await shot(admin, 'staff');
  await admin.getByLabel('姓名').fill('周项目');
  await admin.getByRole('button', { name: '生成邀请链接' }).click();
  await admin.locator('.field-error').first().waitFor();
  await accessible(admin, 'staff with errors');
  if ((await admin.getByLabel('姓名').inputValue()) !== '周项目') throw new Error('the name was lost');

  const manager = await joins(admin, '周项目', 'estate_manager', '晨光里', '13800000001');
  const desk = await joins(admin, '前台小李', 'front_desk', '晨光里', '13800000002');
  const guard = await joins(admin, '保安老吴', 'guard', '晨光外滩', '13800000003', NARROW);

  // The manager manages one estate and knows of no other.
  await manager.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '员工与权限' }).waitFor();
  await open(manager, '/console/estates');
  await manager.getByRole('link', { name: '晨光里' }).first().waitFor();
  await nowhere(manager, '晨光外滩');
  await manager.getByRole('link', { name: '晨光里' }).first().click();
  await manager.getByRole('button', { name: '添加' }).first().waitFor();
  await open(manager, '/console/staff');
  await manager.getByRole('link', { name: '前台小李' }).waitFor();
  await nowhere(manager, '保安老吴');

  // The desk writes residents down and registers no devices.
  await open(desk, '/console/devices');
  await nowhere(desk, '登记设备');
  await open(desk, '/console/staff');
  await desk.getByText('你没有这个权限').first().waitFor();

  // The guard begins with the places, on a phone.
  if (!guard.url().includes('/console/estates')) throw new Error(`the guard begins at ${guard.url()}`);
  await guard.getByRole('link', { name: '晨光外滩' }).first().waitFor();
  await nowhere(guard, '晨光里');
  await fits(guard, 'estates of a guard');
  await accessible(guard, 'estates of a guard');

  await regions(admin);
  await homesByAddress(admin);

  // Taken away: the next click is refused, and the manager's page says so.
  await open(admin, '/console/staff');
  await admin.getByRole('link', { name: '周项目' }).click();
  await admin.getByRole('heading', { name: '周项目' }).waitFor();
  await awake(admin);
  await shot(admin, 'member');
  await accessible(admin, 'member');
  await admin.getByRole('button', { name: '收回' }).first().click();
  await shot(admin, 'member-take', { full: false });
  await admin.locator('dialog').getByRole('button', { name: '收回' }).click();
  await admin.getByText('还没有角色').waitFor();
  await open(manager, '/console/estates');
  await manager.getByText('还没有给你分配角色').waitFor();
  await accessible(manager, 'without a role');

  // The last admin stays.
  await open(admin, '/console/staff');
  await admin.getByRole('link', { name: '陈晨' }).click();
  await admin.getByRole('heading', { name: '陈晨' }).waitFor();
  await awake(admin);
  await admin.getByRole('button', { name: '办理离职' }).click();
  await admin.getByRole('button', { name: '确认离职' }).click();
  await admin.getByText('至少要留下一位管理员').waitFor();

  // The company's own picture stands in the head of its console.
  await open(admin, '/console/company');
  await admin.getByLabel('图片', { exact: true }).setInputFiles('public/icon-192.png');
  await admin.getByRole('button', { name: '上传' }).click();
  const picture = admin.locator('.rail-picture');
  await picture.waitFor();
  await admin.waitForFunction(() => document.querySelector('.rail-picture').naturalWidth > 0);
  await shot(admin, 'company');
  await accessible(admin, 'company with a logo');

  // A role of the company's own.
  await open(admin, '/console/roles');
  await shot(admin, 'roles');
  await accessible(admin, 'roles');
  await admin.getByLabel('角色名称').last().fill('夜班值守');
  await admin.locator('form').last().getByLabel('查看设备和读数').check();
  await admin.getByRole('button', { name: '添加' }).last().click();
  await admin.getByRole('rowheader', { name: '夜班值守' }).waitFor();
}

/** Whoever has a region has the estates in it, also the one that comes in later; phases part an estate. */
async function regions(admin) {
  await open(admin, '/console/estates');
  await admin.getByLabel('区域名称').fill('华东区');
  await admin.getByRole('button', { name: '新建区域' }).click();
  await admin.getByText('0 个小区').waitFor();
  await lies(admin, '晨光里');
  const manager = await joins(admin, '何区域', 'regional_manager', '区域 华东区', '13800000004');
  await open(manager, '/console/estates');
  await manager.getByRole('link', { name: '晨光里' }).first().waitFor();
  await nowhere(manager, '晨光外滩');
  await lies(admin, '晨光外滩');
  await open(manager, '/console/estates');
  await manager.getByRole('link', { name: '晨光外滩' }).first().waitFor();
  await shot(manager, 'estates-of-a-region');

  await admin.getByLabel('分期名称').fill('二期');
  await admin.getByRole('button', { name: '新增分期' }).click();
  await admin.getByText('0 栋楼').waitFor();
  // One that was made by mistake goes again, once it was asked for and confirmed.
  await admin.getByLabel('分期名称').fill('三期');
  await admin.getByRole('button', { name: '新增分期' }).click();
  const mistaken = admin.getByRole('listitem').filter({ hasText: '三期' });
  await mistaken.getByRole('button', { name: '删除' }).click();
  await mistaken.getByRole('dialog').getByRole('button', { name: '删除' }).click();
  await mistaken.waitFor({ state: 'detached' });
  await shot(admin, 'estate-facts');
  await accessible(admin, 'estate with phases');
  await admin.getByRole('link', { name: /1号楼/ }).first().click();
  await admin.getByText('修改资料').click();
  await admin.getByLabel('分期').selectOption({ label: '二期' });
  await admin.getByLabel('楼栋名称').fill('8号楼');
  await admin.getByRole('button', { name: '保存' }).click();
  await admin.getByRole('heading', { name: '8号楼' }).waitFor();
  await admin.getByText('二期 ·').waitFor();
  await accessible(admin, 'building in a phase');
}

/** Puts the estate into the region, on its page. */
async function lies(admin, estate) {
  await open(admin, '/console/estates');
  await admin.getByRole('link', { name: estate }).first().click();
  await admin.getByLabel('区域', { exact: true }).selectOption({ label: '华东区' });
  await admin.getByRole('button', { name: '保存' }).first().click();
  await admin.getByText('华东区 ·').waitFor();
}

/** A steward has the homes on a list; a line that names none says so beside the field. */
async function homesByAddress(admin) {
  await open(admin, '/console/estates');
  await admin.getByRole('link', { name: '晨光里' }).first().click();
  await admin.locator('select[name=building]').selectOption({ label: '1号楼' });
  await admin.locator('input[name=unit]').fill('301');
  await admin.getByRole('button', { name: '添加' }).first().click();
  await admin.getByRole('heading', { name: '1号楼 301' }).waitFor();
  await open(admin, '/console/staff');
  await admin.getByLabel('姓名').fill('管家小何');
  await admin.getByLabel('角色', { exact: true }).selectOption('steward');
  await admin.getByLabel('按户指定').fill('1-301\n1-999');
  await admin.getByRole('button', { name: '生成邀请链接' }).click();
  await admin.locator('.field-error', { hasText: '2: ' }).waitFor();
  await accessible(admin, 'homes by address, refused');
  await admin.getByLabel('按户指定').fill('1号楼 301室');
  const steward = await joined(admin, '管家小何', '13800000005', NARROW);
  await open(steward, '/console/estates');
  await steward.getByRole('link', { name: '晨光里' }).first().click();
  await steward.getByRole('link', { name: '301' }).waitFor();
  await fits(steward, 'estate of a steward');
}

async function nowhere(page, text) {
  await page.waitForLoadState('networkidle').catch(() => {});
  if (await page.getByText(text, { exact: true }).count()) throw new Error(`${page.url()} shows ${text}`);
}
