// An owner who logs in with a phone number has forgotten the password: the desk prints a code, which
// sets a new password once. What was open with the old one is shut.
import { NARROW, accessible, awake, fits, open, shot, shown, visitor } from '../browser.mjs';
import { PASSWORD, comesHome, firstHome, invited, signUp, writeDown } from '../company.mjs';

const PHONE = '13812345678';
const NEW = 'another-long-password';

export default async function wayBack({ site, browser, pages }) {
  const desk = await visitor(browser, site);
  pages.push(desk);
  await signUp(desk);
  const { unit } = await firstHome(desk);
  await writeDown(desk, { name: '王小明', phone: PHONE });
  const link = await invited(desk, '王小明');
  const kept = await visitor(browser, site, { size: NARROW });
  pages.push(kept);
  // What the browser says of a live connection after its session has ended.
  kept.errorsAllowed.push(/HTTP Authentication failed/);
  await comesHome(kept, link, PHONE);

  // On another phone nothing is remembered; the way back leads to the desk.
  const owner = await visitor(browser, site, { size: NARROW });
  pages.push(owner);
  await open(owner, '/login');
  await owner.getByRole('link', { name: '忘记密码' }).click();
  await owner.getByRole('heading', { name: '忘记密码' }).waitFor();
  await awake(owner);
  await owner.getByLabel('登录名').fill(PHONE);
  await owner.getByRole('button', { name: '下一步' }).click();
  await owner.getByText('业主请到物业前台').waitFor();
  await accessible(owner, 'the way back');
  await fits(owner, 'the way back');
  await shot(owner, 'forgot-desk');

  // The desk is asked once more before a code is made, and sees it this once.
  await open(desk, unit);
  const row = desk.getByRole('row').filter({ hasText: '王小明' });
  await row.getByRole('button', { name: '重置密码' }).click();
  await desk.getByText('给 王小明 打印密码重置码？').waitFor();
  await desk.locator('dialog').getByRole('button', { name: '生成重置码' }).click();
  const code = await shown(desk, '密码重置码');
  // The question is gone, and the code stands free.
  await desk.locator('dialog:popover-open').waitFor({ state: 'detached' });
  await accessible(desk, 'a code for a new password');
  await shot(desk, 'reset-code');
  await desk.reload();
  await desk.getByRole('heading', { name: '1号楼 101' }).waitFor();
  await awake(desk);
  if ((await desk.content()).includes(code)) throw new Error('the code is shown again');

  // A wrong code, somebody else's and a short password are refused; then the right ones count.
  await owner.getByRole('link', { name: '用重置码设新密码' }).click();
  await owner.getByRole('heading', { name: '设置新密码' }).waitFor();
  await awake(owner);
  await sets(owner, '00000-00000', NEW);
  await owner.getByText('这个链接或重置码打不开').waitFor();
  await sets(owner, code, NEW, '13900000000');
  await owner.getByText('重置码和登录名对不上').waitFor();
  await accessible(owner, 'a code that does not match');
  await fits(owner, 'a code that does not match');
  await sets(owner, code, 'short');
  await owner.getByText('至少要 10 个字符').waitFor();
  await sets(owner, code, NEW);
  await owner.waitForURL('**/login**');
  await awake(owner);
  await accessible(owner, 'log-in after a new password');
  await shot(owner, 'login-reset');

  // The old password is none any more, and what it had opened is shut.
  await logsIn(owner, PASSWORD);
  await owner.getByText('登录名或密码不对').waitFor();
  await logsIn(owner, NEW);
  await owner.waitForURL('**/home**');
  await awake(owner);
  await owner.getByText('1号楼 101').first().waitFor();
  await kept.goto('/home');
  await kept.waitForURL('**/login**');

  // The same code opens nothing a second time.
  const finder = await visitor(browser, site, { size: NARROW });
  pages.push(finder);
  await open(finder, '/reset');
  await sets(finder, code, 'a-third-long-password');
  await finder.getByText('这个链接或重置码打不开').waitFor();
  await accessible(finder, 'a code that was used');
  await owner.reload();
  await owner.getByText('1号楼 101').first().waitFor();

  // And it is written down who printed it.
  await open(desk, '/console/audit');
  await desk.getByText('重置').first().waitFor();
}

async function sets(page, code, password, login = PHONE) {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=code]').fill(code);
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: '设置新密码' }).click();
}

async function logsIn(page, password) {
  await page.locator('input[name=login]').fill(PHONE);
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: '登录' }).last().click();
}
