// What becomes of homes after they were written down: their cars, by hand and from a sheet; one that moves
// to another entrance, two that become one, one that is split, and one that is put aside and taken back.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { signUp } from '../company.mjs';
import { output } from '../site.mjs';

const ROSTER = `楼栋,单元,房号,建筑面积,业主,手机,入住状态
6号楼,1单元,101,89.37,王小明,13900000001,自住
6号楼,1单元,102,60.5,王小明,13900000001,空置
6号楼,1单元,201,120,赵敏,13900000002,自住
6号楼,1单元,202,,,,未售
`;

export default async function places({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin);
  await open(admin, '/console/estates');
  await admin.getByLabel('名称', { exact: true }).fill('翠湖苑');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('heading', { name: '翠湖苑' }).waitFor();
  const estate = new URL(admin.url()).pathname;
  const id = estate.split('/').pop();

  await open(admin, `/console/import?estate=${id}`);
  await uploads(admin, '/fn/estates/import', ROSTER, '开始导入');
  await admin.getByText('已经写入。').waitFor();

  await cars(admin, id);
  await parks(admin);
  await rearranges(admin, estate);
}

/** A sheet of cars: refused with the cell that is wrong, then written down; the same again is the same. */
async function cars(admin, id) {
  await open(admin, `/console/import?estate=${id}`);
  await looked(admin, 'cars-import', 'the import of cars');
  const sheet = (plate) => `房屋,车牌,车型\n6-1-101,沪A·12345,白色 朗逸\n6-1-201,${plate},\n`;
  await uploads(admin, '/console/vehicles/batch', sheet('沪A1234O'), '导入车辆');
  await admin.getByRole('heading', { name: '一行也没有写入' }).waitFor();
  await admin.getByRole('row').filter({ hasText: '车牌 plate' }).filter({ hasText: '没有字母 I 和 O' }).waitFor();
  await accessible(admin, 'a refused sheet of cars');
  await shot(admin, 'places-cars-refused', { full: false });
  await admin.getByRole('link', { name: '回去再传' }).click();
  await awake(admin);
  for (const done of ['新增 2，改动 0，没变 0', '新增 0，改动 0，没变 2']) {
    await uploads(admin, '/console/vehicles/batch', sheet('沪AD12345'), '导入车辆');
    await admin.getByText(done).waitFor();
    await awake(admin);
  }
  await looked(admin, 'cars-imported', 'cars that are written down', { full: false });

  const box = admin.getByRole('search').getByRole('searchbox');
  await open(admin, '/console/residents');
  await box.fill('沪ad123');
  await box.press('Enter');
  const row = admin.getByRole('row').filter({ hasText: '沪A·D12345' });
  await row.getByRole('link', { name: '翠湖苑 6号楼 1单元 201' }).waitFor();
  await looked(admin, 'cars-found', 'a car that was found');
}

/** A car by hand: a plate that is another home's is refused beside the field, one is taken off again. */
async function parks(admin) {
  await admin.getByRole('row').filter({ hasText: '沪A·D12345' }).getByRole('link').first().click();
  await admin.getByRole('heading', { name: '6号楼 1单元 201' }).waitFor();
  await awake(admin);
  const card = admin.locator('.panel', { has: admin.getByRole('heading', { name: '车辆' }) });
  await card.getByLabel('车牌号').fill('沪a12345');
  await card.getByRole('button', { name: '登记车辆' }).click();
  await card.getByText('这个车牌已登记在本小区的另一户').waitFor();
  await card.getByLabel('车牌号').fill('京A 88888');
  await card.getByRole('button', { name: '登记车辆' }).click();
  await card.getByText('京A·88888', { exact: true }).first().waitFor();
  await looked(admin, 'cars-unit', 'a home with cars');
  const car = card.getByRole('listitem').filter({ hasText: '京A·88888' });
  await car.getByRole('button', { name: '注销' }).first().click();
  await admin.getByRole('dialog', { name: '注销 京A·88888？' }).getByRole('button', { name: '注销' }).click();
  await car.waitFor({ state: 'detached' });
  await admin.getByText('注销了车辆').first().waitFor();
}

async function rearranges(admin, estate) {
  await splits(admin);
  await merges(admin, estate);
  // To an entrance that is new, and away and back.
  await unit(admin, estate, '6号楼 1单元 202');
  await admin.getByRole('link', { name: '房屋调整' }).click();
  await awake(admin);
  const move = admin.locator('.panel', { has: admin.getByRole('heading', { name: '移到别处' }) });
  await move.getByRole('textbox', { name: '单元' }).fill('2单元');
  await move.getByRole('button', { name: '移过去' }).click();
  await admin.getByRole('heading', { name: '6号楼 2单元 202' }).waitFor();
  await admin.getByRole('link', { name: '房屋调整' }).click();
  await awake(admin);
  await admin.getByRole('button', { name: '停用' }).first().click();
  const asked = admin.getByRole('dialog', { name: '停用 6号楼 2单元 202？' });
  await asked.getByRole('button', { name: '停用' }).click();
  await admin.getByText('这套房屋已停用，不再出现在列表和搜索里').waitFor();
  await looked(admin, 'unit-archived', 'a home that is put aside');
  await admin.getByRole('button', { name: '恢复' }).click();
  await admin.getByRole('link', { name: '房屋调整' }).waitFor();
}

/** One home becomes two, and both are its owner's. */
async function splits(admin) {
  await admin.getByRole('link', { name: '房屋调整' }).click();
  await admin.getByRole('heading', { name: '房屋调整' }).waitFor();
  await awake(admin);
  await looked(admin, 'rearrange', 'a home that is to be rearranged');
  const split = admin.locator('.panel', { has: admin.getByRole('heading', { name: '分割' }) });
  await split.getByLabel('这套留下的面积').fill('80');
  await split.getByLabel('新房屋的门牌').first().fill('201A');
  await split.getByLabel('建筑面积').first().fill('40.01');
  await split.getByRole('button', { name: '分割' }).click();
  await split.getByText('加起来超过了原来的面积').waitFor();
  await split.getByLabel('建筑面积').first().fill('40');
  await split.getByRole('button', { name: '分割' }).click();
  await admin.getByRole('heading', { name: '6号楼 1单元 201' }).waitFor();
  await admin.getByText('80.00 m²').waitFor();
}

/** Two homes of one owner become one; of two owners they do not. */
async function merges(admin, estate) {
  await unit(admin, estate, '6号楼 1单元 101');
  await admin.getByRole('link', { name: '房屋调整' }).click();
  await awake(admin);
  const merge = admin.locator('.panel', { has: admin.getByRole('heading', { name: '合并' }) });
  await merge.getByLabel('并进来的房屋').fill('6-1-201A');
  await merge.getByRole('button', { name: '合并' }).click();
  await merge.getByText('两套的业主不同').waitFor();
  await merge.getByLabel('并进来的房屋').fill('6-1-102');
  await merge.getByRole('button', { name: '合并' }).click();
  await admin.getByRole('heading', { name: '6号楼 1单元 101' }).waitFor();
  await admin.getByText('149.87 m²').waitFor();
  await admin.getByText('合并了房屋').first().waitFor();
  await looked(admin, 'unit-merged', 'a home that was two');
}

/** A unit by the list of its estate. */
async function unit(admin, estate, address) {
  await open(admin, estate);
  const door = address.split(' ').pop();
  await admin.getByRole('row').filter({ hasText: door }).getByRole('link').first().click();
  await admin.getByRole('heading', { name: address }).waitFor();
  await awake(admin);
}

/** Sends a sheet by the form that is posted to an address. */
async function uploads(page, action, sheet, button) {
  const file = path.join(output, 'places.csv');
  writeFileSync(file, `\ufeff${sheet}`);
  const form = page.locator(`form[action="${action}"]`).first();
  await form.locator('input[type=file]').setInputFiles(file);
  await form.getByRole('button', { name: button }).click();
}

/** Nothing is wrong with it at a desk, nor on a phone. */
async function looked(page, name, what, { full = true } = {}) {
  await accessible(page, what);
  await shot(page, `places-${name}`, { full });
  await page.setViewportSize(NARROW);
  await page.evaluate(() => scrollTo(0, 0));
  await fits(page, what);
  await accessible(page, `${what}, on a phone`);
  await shot(page, `places-${name}-narrow`, { full });
  await page.setViewportSize(WIDE);
}
