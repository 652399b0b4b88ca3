// One person, two hats: admin of one company, owner of a home that another one looks after. They
// change from one to the other, and a tab that was left open is refused and says why, with scripts
// and without.
import { NARROW, accessible, awake, fits, open, shot, visitor } from '../browser.mjs';
import { PASSWORD, comesHome, firstHome, invited, signUp, writeDown } from '../company.mjs';

const PHONE = '13812340000';

export default async function hats({ site, browser, pages }) {
  const page = await visitor(browser, site, { size: NARROW });
  pages.push(page);
  await signUp(page, { login: PHONE });

  // The other company invites the same person to a home.
  const desk = await visitor(browser, site);
  pages.push(desk);
  await signUp(desk, { company: '远山物业', slug: 'yuanshan', name: '袁山', login: '13700001111' });
  await firstHome(desk, { estate: '远山小筑' });
  await writeDown(desk, { name: '陈晨' });
  await comesHome(page, await invited(desk, '陈晨'), PHONE);

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

  // Without scripts the pressed button carries the hat: a form that was made under the other one is
  // answered with the same notice, and nothing comes of it.
  const plain = await visitor(browser, site, { javaScriptEnabled: false });
  pages.push(plain);
  await plain.goto('/login');
  await plain.locator('input[name=login]').fill(PHONE);
  await plain.locator('input[name=password]').fill(PASSWORD);
  await plain.getByRole('button', { name: '登录' }).last().click();
  await plain.waitForURL(/\/(console|home)/);
  await puts(plain, '晨光物业 · 员工', '**/console/dashboard**');
  await plain.goto('/console/estates');
  await plain.locator('input[name=name]').fill('晨光里');
  const tab = await plain.context().newPage();
  tab.setDefaultTimeout(15_000);
  tab.troubles = [];
  pages.push(tab);
  await puts(tab, '远山物业 · 住户', '**/home**');
  const answer = plain.waitForResponse((response) => response.request().method() === 'POST');
  await plain.getByRole('button', { name: '添加' }).click();
  await plain.getByText('身份').waitFor();
  if ((await answer).status() !== 409) throw new Error(`a stale form is answered with ${(await answer).status()}`);
  await shot(plain, 'hats-without-wasm', { full: false });
  await puts(plain, '晨光物业 · 员工', '**/console/dashboard**');
  await plain.goto('/console/estates');
  await plain.getByText('还没有小区').first().waitFor();
  if (await plain.getByText('晨光里').count()) throw new Error('a stale form was taken without scripts');
}

/** Changes to this hat by a plain form, whichever is worn. */
async function puts(page, hat, leads) {
  await page.goto('/home/me');
  // Staff are led to where they work.
  if (page.url().includes('/console/')) await page.goto('/console/me');
  // The list of hats comes before the list of log-ins.
  const line = page.getByRole('listitem').filter({ hasText: hat }).first();
  await line.waitFor();
  const button = line.getByRole('button', { name: '换成这个身份' });
  if (await button.count()) await button.click();
  else await page.goto(leads.replaceAll('*', ''));
  await page.waitForURL(leads);
}
