// One person, two hats: admin of one company, owner of a home that another one looks after. They
// change from one to the other, and a tab that was left open is refused and says why. A forgotten
// password is set anew with a code from the desk.
import { NARROW, accessible, awake, fits, open, shot, shown, visitor } from '../browser.mjs';

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

  // Without scripts, the pressed button carries the hat.
  const plain = await visitor(browser, site, { javaScriptEnabled: false });
  pages.push(plain);
  await plain.context().addCookies(await page.context().cookies());
  await plain.goto('/home/me');
  await plain.getByRole('listitem').filter({ hasText: '晨光物业 · 员工' }).getByRole('button', { name: '换成这个身份' }).click();
  await plain.waitForURL('**/console/dashboard**');
  await plain.goto('/console/estates');
  const other = await plain.context().newPage();
  await other.goto('/console/me');
  await other.getByRole('listitem').filter({ hasText: '远山物业 · 住户' }).getByRole('button', { name: '换成这个身份' }).click();
  await other.waitForURL('**/home**');
  await plain.getByLabel('名称').fill('晨光里');
  await plain.getByRole('button', { name: '添加' }).click();
  await plain.getByText('你在另一个标签页换了身份').waitFor();

  // The desk prints no way back in for somebody who is staff elsewhere, and one for its own resident.
  await open(desk, unit);
  await wayBack(desk, '陈晨');
  await desk.getByText('前台不能重置').waitFor();
  const wang = await visitor(browser, site, { size: NARROW });
  pages.push(wang);
  await open(wang, await invited(desk, '王小明'));
  await wang.getByLabel('登录名').fill('13900000005');
  await wang.getByLabel('密码', { exact: true }).fill(password);
  await wang.getByRole('button', { name: '确认是我' }).click();
  await wang.waitForURL('**/home**');
  await open(desk, unit);
  await wayBack(desk, '王小明');
  const code = await shown(desk, '密码重置码');
  await accessible(desk, 'a printed code');
  await shot(desk, 'reset-printed');

  const lost = await visitor(browser, site, { size: NARROW });
  pages.push(lost);
  await open(lost, '/login');
  await lost.getByRole('link', { name: '忘记密码？' }).click();
  await lost.getByLabel('登录名').fill('13900000005');
  await lost.getByRole('button', { name: '下一步' }).click();
  await lost.getByText('请到物业前台').waitFor();
  await accessible(lost, 'forgotten');
  await fits(lost, 'forgotten');
  await shot(lost, 'forgotten');
  await lost.getByRole('link', { name: '用重置码设新密码' }).click();
  await lost.getByRole('heading', { name: '设置新密码' }).waitFor();
  const set = async (typed) => {
    await lost.getByLabel('登录名').fill('139 0000 0005');
    await lost.getByLabel('重置码').fill(typed);
    await lost.getByLabel('新密码').fill('a-new-and-long-password');
    await lost.getByRole('button', { name: '设置新密码' }).click();
  };
  await set('00000-00000');
  await lost.getByText('打不开了').waitFor();
  await accessible(lost, 'a wrong code');
  await set(code.toLowerCase());
  await lost.getByText('新密码已经设好').waitFor();
  await shot(lost, 'reset-done');
  await lost.getByLabel('登录名').fill('13900000005');
  await lost.getByLabel('密码', { exact: true }).fill('a-new-and-long-password');
  await lost.getByRole('button', { name: '登录' }).last().click();
  await lost.waitForURL('**/home**');
  await wang.goto('/home/meters');
  await wang.waitForURL('**/login**');
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

async function wayBack(desk, name) {
  const row = desk.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: '重置密码' }).click();
  await desk.locator('dialog:popover-open').getByRole('button', { name: '生成重置码' }).click();
}
