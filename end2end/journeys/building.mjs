// A whole building by a rule: written down in the browser with numbers that are left out, looked at
// before it is there, built, opened as a drawing and walked through with the keyboard, and one of
// its units changed. Then the same form without any script.
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { signUp } from '../company.mjs';

export default async function building({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin);
  await open(admin, '/console/estates');
  await admin.getByLabel('名称').fill('晨光里');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('heading', { name: '晨光里' }).waitFor();
  await awake(admin);

  // The drawing follows what is typed, and says what is wrong instead where it cannot.
  await admin.getByRole('link', { name: '整栋建楼' }).first().click();
  await admin.getByRole('heading', { name: '整栋建楼' }).waitFor();
  const drawing = admin.getByRole('table');
  await drawing.getByRole('cell', { name: '1802' }).waitFor();
  await admin.getByLabel('单元', { exact: false }).first().fill('1单元、2单元');
  await admin.getByLabel('层数').fill('33');
  await admin.getByLabel('每单元每层几户').fill('4');
  await admin.getByLabel('不用的楼层号').fill('4=3A, 13=12A, 14=三');
  await admin.getByText('还画不出来').waitFor();
  await shot(admin, 'building-new-wrong');
  await accessible(admin, 'a building that cannot be drawn yet');
  await admin.getByLabel('不用的楼层号').fill('4=3A, 13=12A, 14=12B');
  await admin.getByLabel('建筑面积').fill('89.37, 102.5, 102.5, 89.37');
  await admin.getByLabel('入住状态').selectOption('not_handed_over');
  await admin.getByText('33 层，共 264 户').first().waitFor();
  await drawing.getByRole('row', { name: /^3A 实际第 4 层/ }).waitFor();
  await drawing.getByRole('cell', { name: '12B04' }).first().waitFor();
  if (await drawing.getByRole('cell', { name: /^1301/ }).count()) throw new Error('floor 13 is drawn');

  // The server's word counts: a building needs a name.
  await admin.getByRole('button', { name: '建这栋楼' }).click();
  await admin.getByText('请填写').first().waitFor();
  await shot(admin, 'building-new');
  await accessible(admin, 'the form of a building');
  await admin.setViewportSize(NARROW);
  await shot(admin, 'building-new-narrow');
  await fits(admin, 'the form of a building');
  await admin.setViewportSize(WIDE);
  await admin.getByLabel('楼栋名称').fill('5号楼');
  await admin.getByRole('button', { name: '建这栋楼' }).click();

  // It is there, and drawn.
  await admin.waitForURL('**/console/buildings/**');
  await admin.getByRole('heading', { name: '5号楼' }).waitFor();
  await awake(admin);
  await admin.getByText('264 套').first().waitFor();
  await accessible(admin, 'the drawing of a building');
  const at = new URL(admin.url()).pathname;

  // One unit: reached by the keyboard, and changed.
  const cell = admin.getByRole('link', { name: '3A02 未交付' }).first();
  await cell.focus();
  await admin.keyboard.press('Enter');
  await admin.getByRole('heading', { name: '5号楼 1单元 3A02' }).waitFor();
  await awake(admin);
  await admin.getByText('3A (实际第 4 层)').waitFor();
  await admin.getByText('修改资料').click();
  await admin.getByLabel('套内面积').fill('200');
  await admin.getByRole('button', { name: '保存' }).click();
  await admin.getByText('不能比建筑面积大').waitFor();
  await shot(admin, 'unit-facts-error');
  await accessible(admin, 'a unit with a flaw');
  await admin.getByLabel('套内面积').fill('82.04');
  await admin.getByLabel('入住状态').selectOption('decorating');
  await admin.getByLabel('计费起始日').fill('2026-12-01');
  await admin.getByRole('button', { name: '保存' }).click();
  await admin.getByText('82.04 m²').first().waitFor();
  await admin.getByText('2026-12-01').first().waitFor();
  await shot(admin, 'unit-facts');

  // States of every kind, for the picture.
  const units = ['lived_in', 'let', 'vacant', 'handed_over', 'unsold', ''];
  const codes = ['1701', '1702', '1703', '1704', '12A01', '12A02'];
  for (const [n, state] of units.entries()) {
    await open(admin, at);
    await admin.getByRole('link', { name: new RegExp(`^${codes[n]} `) }).first().click();
    await admin.getByRole('heading', { name: `5号楼 1单元 ${codes[n]}` }).waitFor();
    await awake(admin);
    await admin.getByText('修改资料').click();
    await admin.getByLabel('入住状态').selectOption(state);
    const saved = admin.waitForResponse((answer) => answer.url().includes('/fn/estates/change_unit'));
    await admin.getByRole('button', { name: '保存' }).click();
    if ((await saved).status() >= 400) throw new Error('the state was not saved');
  }
  await open(admin, at);
  await admin.getByRole('link', { name: '1702 出租' }).waitFor();
  await admin.getByRole('link', { name: '3A02 装修' }).waitFor();
  await accessible(admin, 'a drawing with all states');
  await shot(admin, 'building');
  await admin.setViewportSize(NARROW);
  await fits(admin, 'the drawing of a building');
  await shot(admin, 'building-narrow', { full: false });
  await admin.setViewportSize(WIDE);
  await admin.emulateMedia({ colorScheme: 'dark' });
  await accessible(admin, 'a drawing in the dark');
  await shot(admin, 'building-dark', { full: false });
  await admin.emulateMedia({ colorScheme: 'light' });

  // From the estate to the building, too.
  await admin.getByRole('link', { name: '晨光里' }).first().click();
  await admin.getByRole('heading', { name: '晨光里' }).waitFor();
  await shot(admin, 'estate-with-building', { full: false });
  await accessible(admin, 'an estate with a building');
  await admin.getByRole('link', { name: '5号楼 264 套' }).click();
  await admin.waitForURL(`**${at}`);

  // Without scripts: the preview is a round trip, and the form keeps what was typed.
  const state = await admin.context().storageState();
  const context = await browser.newContext({ baseURL: site.url, storageState: state, locale: 'zh-CN', viewport: WIDE, javaScriptEnabled: false });
  const plain = await context.newPage();
  pages.push(Object.assign(plain, { troubles: [] }));
  const estate = await admin.getByRole('link', { name: '晨光里' }).first().getAttribute('href');
  await plain.goto(`${estate}/build`);
  await plain.locator('[name="plan[name]"]').fill('6号楼');
  await plain.locator('[name="plan[floors]"]').fill('6');
  await plain.locator('[name="plan[numbering]"][value=letters]').check();
  await plain.locator('[name="plan[skipped_floors]"]').fill('4');
  await plain.getByRole('button', { name: '看预览' }).click();
  await plain.getByText('6号楼：6 层，共 12 户').first().waitFor();
  await plain.getByRole('cell', { name: '7B' }).waitFor();
  await shot(plain, 'building-new-without-wasm');
  await plain.locator('[name="plan[doors]"]').fill('99');
  await plain.getByRole('button', { name: '建这栋楼' }).click();
  await plain.getByText('放不下这么多户').first().waitFor();
  await plain.locator('[name="plan[doors]"]').fill('3');
  await plain.getByRole('button', { name: '建这栋楼' }).click();
  await plain.getByRole('heading', { name: '6号楼' }).waitFor();
  await plain.getByText('18 套').first().waitFor();
}
