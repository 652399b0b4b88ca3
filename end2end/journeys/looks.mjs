// The demo as a customer sees it: every page at both widths, in the dark on a desk, and in English on
// a phone. The pictures are for people to look at; what a machine can judge (axe, width) is judged here.
import { NARROW, WIDE, accessible, fits, open, shot, shown, visitor } from '../browser.mjs';
import { claims, comesHome, printedCode, shares } from '../company.mjs';
import { enter, settled, speaks } from '../demo.mjs';

export const command = 'demo';

const VIEWS = [
  { theme: 'light', lang: 'zh-CN', size: WIDE },
  { theme: 'light', lang: 'zh-CN', size: NARROW },
  { theme: 'dark', lang: 'zh-CN', size: WIDE },
  { theme: 'light', lang: 'en', size: NARROW },
];

export default async function looks({ site, browser, pages }) {
  const scout = await visitor(browser, site);
  pages.push(scout);
  await enter(scout, 'admin@demo');
  await settled(site);
  const device = await firstLink(scout, '/console/devices', 'a[href^="/console/devices/dev_"]');
  const estate = await firstLink(scout, '/console/estates', 'a[href^="/console/estates/est_"]');
  const unit = await firstLink(scout, estate, 'a[href^="/console/units/unt_"]');
  const building = await firstLink(scout, estate, 'a[href^="/console/buildings/"]');
  const resident = await firstLink(scout, unit, 'a[href^="/console/residents/res_"]');
  const member = await firstLink(scout, '/console/staff', 'a[href^="/console/staff/per_"]');
  const { search, print, claim, invite, join } = await bustle({ site, browser, pages, scout, estate, unit });

  const console_ = { dashboard: '/console/dashboard', equipment: '/console/equipment', doors: '/console/doors',
    energy: '/console/energy', devices: '/console/devices', device,
    'device-new': '/console/devices/new', 'device-modbus': ['/console/devices/new', asksModbus],
    models: '/console/device-models', model: '/console/device-models/xintai-water-valve', 'model-new': '/console/device-models/new',
    estates: '/console/estates', estate, building, 'new-building': `${estate}/build`, unit, resident, rearrange: `${unit}/rearrange`, transfer: `${unit}/transfer`, import: '/console/import',
    residents: `/console/residents?q=${encodeURIComponent(search)}`, claims: '/console/claims', print,
    erasures: '/console/erasures', staff: '/console/staff', member, roles: '/console/roles',
    keys: '/console/keys', company: '/console/company', audit: '/console/audit', account: '/console/me' };
  const home = { home: '/home', meters: '/home/meters', people: ['/home/people', letsToRenter], me: '/home/me' };
  const open_ = { landing: '/', login: '/login', signup: '/signup', missing: '/nowhere', claim: '/claim',
    'claim-state': claim, forgot: '/forgot', reset: '/reset', invite, join, agree: '/agree', privacy: '/privacy' };

  const look = async (view) => {
    const name = (what) => `${what}-${view.size.width}-${view.theme}-${view.lang.slice(0, 2)}`;
    const staff = await visitor(browser, site, view);
    const owner = await visitor(browser, site, view);
    const guest = await visitor(browser, site, view);
    guest.errorsAllowed.push(/404/);
    pages.push(staff, owner, guest);
    for (const page of [staff, owner, guest]) await speaks(page, view.lang);
    await enter(staff, 'admin@demo');
    await enter(owner, 'owner@demo');
    for (const [page, set] of [[staff, console_], [owner, home], [guest, open_]]) {
      for (const [what, how] of Object.entries(set)) {
        const [address, act] = [how].flat();
        // The notice is a document of its own, without a script.
        if (what === 'privacy') await page.goto(address);
        else await open(page, address);
        await act?.(page);
        await page.waitForLoadState('networkidle').catch(() => {});
        await shot(page, name(what));
        await fits(page, name(what));
        await accessible(page, name(what));
      }
      await page.context().close();
    }
  };
  // Two at a time: a page is judged on one core.
  await Promise.all(VIEWS.slice(0, 2).map(look));
  await Promise.all(VIEWS.slice(2).map(look));
}

/** Makes what the pages of people show: requests that wait, links that are out, a key. */
async function bustle({ site, browser, pages, scout, estate, unit }) {
  await open(scout, unit);
  const address = await scout.locator('h1').innerText();
  const name = await scout.locator('tbody tr td').first().innerText();

  // Somebody with another phone asks for that home.
  const code = await printedCode(scout, estate, address);
  await shot(scout, 'slips');
  const asker = await visitor(browser, site, { size: NARROW });
  await open(asker, `/claim?code=${code}`);
  await claims(asker, { surname: name, login: '13700000009' });
  await asker.getByText('正在核对').waitFor();
  const claim = new URL(asker.url()).pathname;

  // The owner lets family and a renter in; family wants to be forgotten.
  const owner = await visitor(browser, site, { size: NARROW });
  await enter(owner, 'owner@demo');
  const family = await visitor(browser, site, { size: NARROW });
  await comesHome(family, await shares(owner, '周小满'), '13700000010');
  await open(family, '/home/me');
  await family.getByRole('button', { name: '申请删除' }).first().click();
  await family.locator('dialog').getByRole('button', { name: '申请删除' }).click();
  await family.getByText('已申请删除，等待物业办理').waitFor();
  const invite = await shares(owner, '欧阳租客', '2035-12-31');

  // A program's key, and a link for a new colleague.
  await open(scout, '/console/keys');
  await scout.getByLabel('给哪个程序用').fill('收费系统');
  await scout.getByLabel('角色', { exact: true }).selectOption('accountant');
  await scout.getByLabel('全公司').check();
  await scout.getByRole('button', { name: '生成密钥' }).click();
  await shown(scout, '密钥');
  await open(scout, '/console/staff');
  await scout.getByLabel('姓名').fill('林保洁');
  await scout.getByLabel('角色', { exact: true }).selectOption('cleaner');
  await scout.getByLabel('全公司').check();
  await scout.getByRole('button', { name: '生成邀请链接' }).click();
  const join = new URL(await shown(scout, '邀请链接')).pathname;

  await open(scout, unit);
  const building = await scout.locator('nav a[href*="/buildings/"]').getAttribute('href');
  const print = `/console/claims/print?building=${building.split('/').pop()}`;
  for (const page of [asker, owner, family]) {
    pages.push(page);
    await page.context().close();
  }
  return { search: name.slice(0, 1), print, claim, invite, join };
}

/** A meter that is asked, by a register map of its own. */
async function asksModbus(page) {
  await page.locator('input[value=modbus]').check();
  const model = page.locator('select[name="says[modbus][model]"]');
  await model.selectOption({ index: (await model.locator('option').count()) - 1 });
  await page.locator('textarea').waitFor();
}

/** The renter's fields only show while a renter is chosen. */
async function letsToRenter(page) {
  await page.locator('input[name=relation][value=renter]').check();
}

async function firstLink(page, address, selector) {
  await open(page, address);
  return page.locator(selector).first().getAttribute('href');
}
