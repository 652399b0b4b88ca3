// One person, two hats: admin of one company, owner of a home that another one looks after. They
// change from one to the other, and a tab that was left open is refused and says why.
import { NARROW, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';

const password = 'a-long-enough-password';
const PHONE = '13812340000';

export default async function hats({ site, browser, pages }) {
  const page = await visitor(browser, site, { size: NARROW });
  pages.push(page);
  await signUp(page, { company: '晨光物业', slug: 'chenguang', name: '陈晨', login: PHONE });

  // The other company invites the same person to a home.
  const desk = await visitor(browser, site);
  pages.push(desk);
  await signUp(desk, { company: '远山物业', slug: 'yuanshan', name: '袁山', login: '13700001111' });
  await open(desk, '/console/estates');
  await desk.getByLabel('名称').fill('远山小筑');
  await desk.getByRole('button', { name: '添加' }).click();
  await desk.getByRole('heading', { name: '远山小筑' }).waitFor();
  await desk.getByLabel('楼栋名称').fill('1号楼');
  await desk.getByRole('button', { name: '添加' }).last().click();
  await desk.getByRole('link', { name: /1号楼/ }).first().waitFor();
  await desk.locator('select[name=building]').selectOption({ label: '1号楼' });
  await desk.locator('input[name=unit]').fill('101');
  await desk.getByRole('button', { name: '添加' }).first().click();
  await desk.getByRole('heading', { name: '1号楼 101' }).waitFor();
  await awake(desk);
  const unit = new URL(desk.url()).pathname;
  const home = await invited(desk, '陈晨');
  await open(page, home);
  await page.getByLabel('登录名').fill(PHONE);
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '确认是我' }).click();
  await page.waitForURL('**/home**');

  // A tab with a form stays open while another one changes the hat.
  const stale = await page.context().newPage();
  stale.setDefaultTimeout(15_000);
  stale.troubles = [];
  pages.push(stale);
  await open(stale, '/home/people');
  const old = await page.context().newPage();
  old.setDefaultTimeout(15_000);
  old.troubles = [];
  pages.push(old);
  await open(old, '/home');
  await open(page, '/home/me');
  await page.getByText('远山物业 · 住户').first().waitFor();
  await accessible(page, 'account with two hats');
  await fits(page, 'account with two hats');
  await shot(page, 'hats');
  await page.getByRole('listitem').filter({ hasText: '晨光物业 · 员工' }).getByRole('button', { name: '换成这个身份' }).click();
  await page.waitForURL('**/console/dashboard**');
  await awake(page);

  await stale.locator('input[name=name]').fill('李太太');
  await stale.getByRole('button', { name: '生成邀请链接' }).click();
  await stale.getByText('你在另一个标签页换了身份').first().waitFor();
  await accessible(stale, 'a stale tab');
  await shot(stale, 'hats-stale', { full: false });
  // So is one that goes on to another page.
  await old.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '表计' }).click();
  await old.getByText('你在另一个标签页换了身份').first().waitFor();

  // And back: nothing had been shared.
  await open(page, '/console/me');
  await page.getByRole('listitem').filter({ hasText: '远山物业 · 住户' }).getByRole('button', { name: '换成这个身份' }).click();
  await page.waitForURL('**/home**');
  await open(page, '/home/people');
  await page.getByText('陈晨').first().waitFor();
  if (await page.getByText('李太太').count()) throw new Error('a stale form was taken');
}

async function signUp(page, { company, slug, name, login }) {
  await open(page, '/signup');
  await page.getByLabel('公司名称').fill(company);
  await page.getByLabel('公司代号').fill(slug);
  await page.getByLabel('你的姓名').fill(name);
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '开通' }).click();
  await page.waitForURL('**/console/dashboard**');
}

/** Writes somebody down on the unit's page that is open, and gives the path of their link. */
async function invited(desk, name) {
  await desk.locator('input[name=name]').fill(name);
  await desk.locator('select[name=relation]').selectOption('owner');
  await desk.getByRole('button', { name: '添加' }).click();
  const row = desk.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: '邀请' }).click();
  const link = await row.locator('.copy-value').innerText();
  return new URL(link).pathname;
}
