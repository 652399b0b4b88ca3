// The doors and the pages hold without any script: plain links and forms.
import { NARROW, shot, visitor } from '../browser.mjs';

export const command = 'demo';

export default async function withoutWasm({ site, browser, pages }) {
  const page = await visitor(browser, site, { javaScriptEnabled: false, size: NARROW });
  pages.push(page);
  await page.goto('/login');
  await page.locator('input[name=login]').fill('owner@demo');
  await page.locator('input[name=password]').fill('not this one');
  await page.getByRole('button', { name: '登录' }).last().click();
  await page.getByText('登录名或密码不对').waitFor();
  await page.locator('input[name=login]').fill('owner@demo');
  await page.locator('input[name=password]').fill('linli-demo-2026');
  await page.getByRole('button', { name: '登录' }).last().click();
  await page.waitForURL('**/home**');
  await page.getByText('阳光花园').first().waitFor();
  await shot(page, 'home-without-wasm');

  const desk = await visitor(browser, site, { javaScriptEnabled: false });
  pages.push(desk);
  await desk.goto('/signup');
  await desk.locator('input[name=company]').fill('远山物业');
  await desk.locator('input[name=slug]').fill('Far');
  await desk.locator('input[name=admin_name]').fill('袁山');
  await desk.locator('input[name=login]').fill('13700001111');
  await desk.locator('input[name=password]').fill('a-long-enough-password');
  await desk.getByRole('button', { name: '开通' }).last().click();
  await desk.getByText('只能用小写字母').first().waitFor();
  await desk.locator('input[name=company]').fill('远山物业');
  await desk.locator('input[name=slug]').fill('far-hills');
  await desk.locator('input[name=admin_name]').fill('袁山');
  await desk.locator('input[name=login]').fill('13700001111');
  await desk.locator('input[name=password]').fill('a-long-enough-password');
  await desk.getByRole('button', { name: '开通' }).last().click();
  await desk.waitForURL('**/console/dashboard**');
  await desk.goto('/console/estates');
  await desk.locator('input[name=name]').fill('远山小筑');
  await desk.getByRole('button', { name: '添加' }).click();
  await desk.getByRole('heading', { name: '远山小筑' }).waitFor();
  await shot(desk, 'estate-without-wasm');
  await desk.goto('/?lang=en');
  await desk.getByRole('link', { name: 'Log in' }).first().waitFor();
}
