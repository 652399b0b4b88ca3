// The register of places from end to end, by the manager of one estate: a building of 33 floors with
// numbers that are left out, drawn before it is built; its roster, of which three rows are refused, and
// in once those three are mended; a roster of next month, in which one home was sold; a home found as
// people say it; and its code on paper.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NARROW, WIDE, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { claims, joins, signUp } from '../company.mjs';
import { readWorkbook, writeWorkbook } from '../sheets.mjs';
import { output } from '../site.mjs';

const ENTRANCES = ['1单元', '2单元'];
const STANDS_FOR = { 4: '3A', 13: '12A', 14: '12B', 24: '23A' };
const FLOORS = Array.from({ length: 33 }, (_, n) => STANDS_FOR[n + 1] ?? String(n + 1));
const AREAS = [89.37, 102.55, 121.08];
const UNITS = FLOORS.length * ENTRANCES.length * AREAS.length;

const SURNAMES = '王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷'.split('');
const GIVEN = ['伟', '芳', '秀英', '敏', '静', '丽华', '强', '磊', '洋', '艳', '勇', '杰', '娟', '涛', '明轩', '超', '秀兰', '霞', '平', '桂英', '子涵', '浩然', '欣怡', '建国', '志强', '海燕', '雨桐', '文博', '玉兰'];
/** Who is looked for below, and names that are not two or three common characters. */
const NAMED = { '2单元 12A02': '王小明', '1单元 1501': '欧阳静', '1单元 2302': '单雨桐', '2单元 3A03': '阿依古丽·买买提', '1单元 101': '晨光置业有限公司', '2单元 901': '李国强、陈美玲' };
const HEADERS = ['楼号', '单元号', '房号', '建筑面积(㎡)', '业主姓名', '联系电话', '入住状态', '备注'];

export default async function register({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin);
  await open(admin, '/console/estates');
  await admin.getByLabel('名称', { exact: true }).fill('晨光里');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('heading', { name: '晨光里' }).waitFor();
  const estate = new URL(admin.url()).pathname;
  const manager = await joins(admin, '周敏', 'estate_manager', '晨光里', '13800000001');
  pages.push(manager);

  const building = await builds(manager, estate);
  const roster = await moveIn(manager, estate, building);
  await sells(manager, estate, roster);
  await finds(manager);
  await prints({ site, browser, pages }, manager, building);
}

/** Step 1: the drawing is looked at, by eye, by keyboard and by ear, before the building is there. */
async function builds(manager, estate) {
  await open(manager, estate);
  await looked(manager, 'estate-empty', 'an estate without a building');
  await manager.getByRole('link', { name: '整栋建楼' }).first().click();
  await manager.getByRole('heading', { name: '整栋建楼' }).waitFor();
  await manager.getByLabel('楼栋名称').fill('3号楼');
  await manager.getByLabel('单元', { exact: false }).first().fill(ENTRANCES.join('、'));
  await manager.getByLabel('层数').fill(String(FLOORS.length));
  await manager.getByLabel('每单元每层几户').fill(String(AREAS.length));
  await manager.getByLabel('不用的楼层号').fill(Object.entries(STANDS_FOR).map((pair) => pair.join('=')).join(', '));
  await manager.getByLabel('建筑面积').fill(AREAS.join(', '));

  // What a screen reader is told: what it is, where it begins, and the names of its rows and columns.
  const drawing = manager.getByRole('region', { name: `3号楼：33 层，共 ${UNITS} 户` });
  await drawing.waitFor();
  await manager.getByRole('status').filter({ hasText: `共 ${UNITS} 户` }).waitFor();
  const table = drawing.getByRole('table', { name: `3号楼：33 层，共 ${UNITS} 户` });
  for (const name of ENTRANCES) await table.getByRole('columnheader', { name }).waitFor();
  for (const [number, label] of Object.entries(STANDS_FOR)) {
    await table.getByRole('rowheader', { name: `${label} 实际第 ${number} 层` }).waitFor();
    await table.getByRole('cell', { name: `${label}03 ${AREAS[2]} m²` }).first().waitFor();
  }
  for (const skipped of ['4', '13', '14', '24']) {
    if (await table.getByRole('rowheader', { name: skipped, exact: true }).count()) throw new Error(`a floor is called ${skipped}`);
  }
  const rows = await table.getByRole('rowheader').allInnerTexts();
  if (rows.length !== FLOORS.length || !rows[0].startsWith('33')) throw new Error(`the floors are ${rows}`);

  // With the keyboard: the stop behind the form, scrolled down to the ground.
  await manager.getByRole('button', { name: '建这栋楼' }).focus();
  await manager.keyboard.press('Tab');
  if (!(await drawing.evaluate((frame) => frame === document.activeElement))) throw new Error('Tab does not lead from the form to the drawing');
  await shot(manager, 'register-preview-focus', { full: false });
  await manager.keyboard.press('End');
  await manager.waitForFunction(() => {
    const frame = document.querySelector('.floors-frame');
    return frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1;
  });
  await shot(manager, 'register-preview-ground', { full: false });
  await looked(manager, 'preview', 'the drawing of a building to come', { phone: true });

  await manager.getByRole('button', { name: '建这栋楼' }).click();
  await manager.waitForURL('**/console/buildings/**');
  await manager.getByRole('heading', { name: '3号楼' }).waitFor();
  await awake(manager);
  await manager.getByText(`${UNITS} 套`).first().waitFor();
  await looked(manager, 'building', 'a building without residents', { phone: true });
  return new URL(manager.url()).pathname;
}

/** Step 2: three rows are refused, the refusal file says which, and with just those mended all are in. */
async function moveIn(manager, estate, building) {
  const roster = whole();
  const typed = roster.map((row) => [...row]);
  const mistakes = [
    ['1单元', '1703', 2, 1702, '前面的行已经有这套房'],
    ['2单元', '2301', 3, '一百零二', '面积要写成数字'],
    ['1单元', '3A02', 5, '1381234567', '手机号不对'],
  ].map(([entrance, door, column, wrong, reason]) => {
    const at = roster.findIndex((row) => row[1] === entrance && String(row[2]) === door);
    typed[at][column] = wrong;
    return { row: String(at + 1), header: HEADERS[column], reason };
  });
  const file = path.join(output, '晨光里3号楼业主清册.xlsx');
  writeWorkbook(file, typed);
  await imports(manager, estate, file);
  await manager.getByText('所以一行都没有写入').waitFor();
  const refused = manager.getByRole('table', { name: '被拒绝的行' });
  for (const { row, header, reason } of mistakes) {
    await refused.getByRole('row').filter({ hasText: row }).filter({ hasText: header }).filter({ hasText: reason }).waitFor();
  }
  await manager.getByText('这些列没有用到：备注').waitFor();
  await looked(manager, 'refused', 'an import with refused rows', { phone: true, full: false });

  // The file names rows and columns; what stands there is put right, and nothing else.
  const coming = manager.waitForEvent('download');
  await manager.getByRole('link', { name: '下载拒绝的行' }).click();
  const told = path.join(output, 'linli-refused.xlsx');
  await (await coming).saveAs(told);
  const [titles, ...lines] = readWorkbook(told);
  if (titles.join() !== '行,列,原因' || lines.length !== mistakes.length) throw new Error(`the refusal file is ${JSON.stringify([titles, ...lines])}`);
  for (const [row, header, reason] of lines) {
    const known = mistakes.find((mistake) => mistake.row === String(row));
    if (known?.header !== header || !reason.startsWith(known.reason)) throw new Error(`the refusal file says ${row}, ${header}: ${reason}`);
    const column = HEADERS.indexOf(header);
    typed[row - 1][column] = roster[row - 1][column];
  }
  if (JSON.stringify(typed) !== JSON.stringify(roster)) throw new Error('the refusal file does not name all that is wrong');
  writeWorkbook(file, typed);
  await manager.getByRole('link', { name: '再导入一次' }).click();
  await sends(manager, file);
  await manager.getByText('已经写入。').waitFor();
  await manager.locator('.figure', { hasText: '改动' }).getByText(String(UNITS)).waitFor();
  await manager.locator('.figure', { hasText: '拒绝' }).getByText('0', { exact: true }).waitFor();
  await looked(manager, 'imported', 'an import that went in', { full: false });

  await open(manager, building);
  await manager.getByRole('link', { name: '12A02 自住' }).first().waitFor();
  await looked(manager, 'building-lived-in', 'a building with residents');
  await manager.getByRole('link', { name: '看列表' }).click();
  await manager.getByRole('heading', { name: '晨光里' }).waitFor();
  await manager.getByRole('row').filter({ hasText: '3A01' }).first().waitFor();
  await looked(manager, 'units', 'the units of an estate', { full: false });
  return roster;
}

/** Step 3: a month later one home has other owners. It is a sale once the manager says so. */
async function sells(manager, estate, roster) {
  const [, head, ...homes] = roster;
  const some = homes.filter((row) => row[1] === '2单元' && /^17/.test(row[2])).map((row) => [...row]);
  const sold = some.find((row) => row[2] === 1702);
  const before = sold[4];
  [sold[4], sold[5]] = ['孙丽华、赵海', '13600000001、13600000002'];
  const lines = [head, ...some].map((row) => row.map((cell) => cell ?? '').join(','));
  const file = path.join(output, '十二月变更.csv');
  // As spreadsheet programs save it.
  writeFileSync(file, `\ufeff${lines.join('\r\n')}\r\n`);
  await imports(manager, estate, file);
  await manager.getByText('请逐行确认是不是过户').waitFor();
  const sale = manager.getByRole('table', { name: '可能的过户' }).getByRole('row').filter({ hasText: '3号楼 2单元 1702' });
  await sale.getByText(`${before[0]}**`).waitFor();
  await sale.getByText('孙**、赵**').waitFor();
  if ((await manager.getByRole('table', { name: '可能的过户' }).getByRole('row').count()) !== 2) throw new Error('more than one sale is shown');
  await looked(manager, 'possible-sale', 'an import with a possible sale', { phone: true });

  // Another file is none of those rows' business.
  await sale.getByRole('checkbox').check();
  await manager.locator('form', { has: sale }).locator('input[type=file]').setInputFiles(path.join(output, '晨光里3号楼业主清册.xlsx'));
  await manager.getByRole('button', { name: '确认并导入' }).click();
  await manager.getByText('这不是刚才那个文件').waitFor();
  await awake(manager);
  await looked(manager, 'possible-sale-other-file', 'a sale confirmed with another file', { full: false });
  // What was ticked is ticked still.
  if (!(await sale.getByRole('checkbox').isChecked())) throw new Error('the tick is lost');
  await manager.locator('form', { has: sale }).locator('input[type=file]').setInputFiles(file);
  await manager.getByRole('button', { name: '确认并导入' }).click();
  await manager.getByText('已经写入。').waitFor();
  await awake(manager);
  await looked(manager, 'sold', 'an import with a sale');

  await manager.getByRole('link', { name: '3号楼 2单元 1702' }).first().click();
  await manager.getByRole('heading', { name: '3号楼 2单元 1702' }).waitFor();
  await awake(manager);
  for (const name of ['孙丽华', '赵海']) await manager.getByRole('cell', { name, exact: true }).waitFor();
  await manager.locator('.panel', { has: manager.getByRole('heading', { name: '以前的住户' }) }).getByText(before).waitFor();
  await looked(manager, 'unit-sold', 'a home after its sale', { phone: true });
}

/** Step 4: a home as people ask for it. */
async function finds(manager) {
  await open(manager, '/console/residents');
  await looked(manager, 'find', 'the search');
  for (const [asked, home, name] of [
    ['wxm', '3号楼 2单元 12A02', '王小明'],
    ['ouyang', '3号楼 1单元 1501', '欧阳静'],
    ['shanyutong', '3号楼 1单元 2302', '单雨桐'],
    ['3-2-12A02', '3号楼 2单元 12A02', '王小明'],
    ['3号楼2单元12a02室', '3号楼 2单元 12A02', '王小明'],
    ['王 12A02', '3号楼 2单元 12A02', '王小明'],
  ]) {
    const box = manager.getByRole('search').getByRole('searchbox');
    await box.fill(asked);
    await box.press('Enter');
    await manager.waitForURL((url) => url.searchParams.get('q') === asked);
    await awake(manager);
    const row = manager.getByRole('row').filter({ hasText: home }).filter({ hasText: name });
    await row.getByRole('link', { name: `晨光里 ${home}` }).waitFor();
    if (/12A02/i.test(asked)) await manager.getByRole('row').filter({ hasText: home }).nth(/ /.test(asked) ? 0 : 1).waitFor();
    await looked(manager, `find-${asked.replaceAll(/\W/g, '-')}`, `a search for ${asked}`, { phone: asked === 'wxm' });
  }
  await manager.getByRole('link', { name: '晨光里 3号楼 2单元 12A02' }).first().click();
  await manager.getByRole('heading', { name: '3号楼 2单元 12A02' }).waitFor();
  await awake(manager);
  await manager.getByText('12A (实际第 13 层)').waitFor();
  await looked(manager, 'unit', 'a home that was found', { phone: true });
}

/** Step 5: the codes of a building on paper, ten slips a page, each with its home and its code. */
async function prints({ site, browser, pages }, manager, building) {
  await open(manager, building);
  await manager.getByRole('link', { name: '打印纸质码' }).click();
  await manager.getByRole('heading', { name: '打印纸质码' }).waitFor();
  const ticks = manager.getByRole('checkbox');
  await ticks.first().waitFor();
  const homes = await ticks.count();
  await looked(manager, 'print-choose', 'the homes that get a code', { phone: true });
  await manager.getByRole('button', { name: '生成并打开打印页' }).click();
  const slips = manager.locator('.slip');
  await slips.first().waitFor();
  await manager.waitForLoadState();
  const codes = new Set();
  let home = '';
  for (const slip of await slips.all()) {
    const code = (await slip.locator('.slip-code').innerText()).trim();
    if (!/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(code)) throw new Error(`a code is ${code}`);
    codes.add(code);
    const address = await slip.locator('.slip-home').innerText();
    if (address === '3号楼 2单元 12A02') home = code;
  }
  if (codes.size !== homes || !home) throw new Error(`${codes.size} codes on ${await slips.count()} slips for ${homes} homes, and "${home}" for 12A02`);
  await accessible(manager, 'slips');
  await shot(manager, 'register-slips-screen', { full: false });

  // As the printer has it: nothing of a slip lies over its square, nor outside of it.
  await manager.setViewportSize({ width: Math.round((194 / 25.4) * 96), height: 1060 });
  await manager.emulateMedia({ media: 'print' });
  const flaws = await slips.evaluateAll((all) => all.filter((slip) => {
    const [outer, code, square] = [slip, slip.querySelector('.slip-code'), slip.querySelector('.slip-qr')].map((each) => each.getBoundingClientRect());
    const words = document.createRange();
    words.selectNodeContents(slip.querySelector('.slip-code'));
    return words.getBoundingClientRect().right > square.left || square.right > outer.right || code.bottom > outer.bottom || square.width < 100;
  }).map((slip) => slip.innerText));
  if (flaws.length) throw new Error(`slips that do not fit: ${flaws.slice(0, 3).join(' | ')}`);
  await shot(manager, 'register-slips-paper', { full: false });
  const paper = (await manager.pdf({ preferCSSPageSize: true, path: path.join(output, 'register-slips.pdf') })).toString('latin1');
  const sheets = paper.match(/\/Type \/Page\b/g)?.length ?? 0;
  if (sheets !== Math.ceil(homes / 10)) throw new Error(`${homes} slips on ${sheets} pages`);
  await manager.emulateMedia({ media: 'screen' });
  await manager.setViewportSize(WIDE);

  // And the code opens that home.
  const owner = await visitor(browser, site, { size: NARROW });
  pages.push(owner);
  const [, , , , , phone] = whole().find((row) => row[4] === '王小明');
  await open(owner, `/claim?code=${home.replace('-', '')}`);
  await claims(owner, { surname: '王', digits: String(phone).slice(-4), login: '13900000001' });
  await owner.waitForURL('**/home**');
  await awake(owner);
  await owner.getByText('3号楼 2单元 12A02').first().waitFor();
}

/** Nothing is wrong with it at a desk or, where it is read there as well, on a phone. */
async function looked(page, name, what, { phone = false, full = true } = {}) {
  await accessible(page, what);
  await shot(page, `register-${name}`, { full });
  if (!phone) return;
  await page.setViewportSize(NARROW);
  await page.evaluate(() => scrollTo(0, 0));
  await fits(page, what);
  await accessible(page, `${what}, on a phone`);
  await shot(page, `register-${name}-narrow`, { full });
  await page.setViewportSize(WIDE);
}

/** From the estate's page. */
async function imports(page, estate, file) {
  await open(page, estate);
  await page.getByRole('link', { name: '导入名册' }).first().click();
  await page.waitForURL('**/console/import?**');
  await sends(page, file);
}

async function sends(page, file) {
  await page.getByRole('button', { name: '开始导入' }).waitFor();
  await page.locator('form[action="/fn/estates/import"] input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: '开始导入' }).click();
  await page.waitForURL('**/console/import/imp_**');
  await awake(page);
}

/** The building as the developer's office keeps it: a title, the header, and a row a home. */
function whole() {
  const rows = [['晨光里 3号楼 业主清册（2026 年 11 月）'], HEADERS];
  for (const entrance of ENTRANCES) {
    for (const floor of FLOORS) {
      for (const [n, area] of AREAS.entries()) {
        const door = `${floor}0${n + 1}`;
        const at = rows.length;
        const unsold = at % 13 === 0;
        const name = NAMED[`${entrance} ${door}`] ?? (unsold ? undefined : `${SURNAMES[(at * 31) % SURNAMES.length]}${GIVEN[(at * 17) % GIVEN.length]}`);
        const phone = (n) => 13_900_000_000 + at * 7_919 + n;
        // Doors and numbers are numbers where they can be, as whoever types them has them.
        rows.push([
          '3号楼', entrance, /^\d+$/.test(door) ? Number(door) : door, area, name,
          name && (name.includes('、') ? `${phone(0)}、${phone(1)}` : phone(0)),
          name ? ['自住', '自住', '出租', '装修', '空置'][name === '王小明' ? 0 : at % 5] : '未售',
          at % 29 === 0 ? '钥匙在前台' : undefined,
        ]);
      }
    }
  }
  return rows;
}
