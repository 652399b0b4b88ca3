// A company's first quarter of an hour without a mouse: every step by Tab, Enter, Space and typing.
import { awake, open, visitor } from '../browser.mjs';

export default async function keyboard({ site, browser, pages }) {
  const page = await visitor(browser, site);
  pages.push(page);
  await page.mouse.move(0, 0);
  await open(page, '/');
  await reach(page, { role: 'link', name: /开通/ });
  await page.keyboard.press('Enter');
  await page.waitForURL('**/signup');
  await page.getByLabel('公司名称').waitFor();
  for (const [label, text] of [['公司名称', '晨光物业'], ['公司代号', 'chenguang'], ['你的姓名', '陈晨'],
    ['登录名', '13812340000'], ['密码', 'a-long-enough-password']]) {
    await type(page, label, text);
  }
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/dashboard**');
  await awake(page);

  // The first stop leads past the rail, and the rail is reached as well.
  await page.evaluate(() => document.activeElement?.blur());
  await page.reload();
  await awake(page);
  await page.keyboard.press('Tab');
  const first = await focused(page);
  if (!first.href?.endsWith('#main')) throw new Error(`the first stop is ${JSON.stringify(first)}`);
  await page.keyboard.press('Enter');
  if ((await focused(page)).id !== 'main') throw new Error('the skip link leads nowhere');
  await page.reload();
  await awake(page);
  await reach(page, { role: 'link', name: /^小区/ });
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/estates');
  await page.getByLabel('名称').waitFor();
  await type(page, '名称', '晨光里');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '晨光里' }).waitFor();
  await type(page, '楼栋名称', '1号楼');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /1号楼/ }).first().waitFor();

  // A dialog opens, takes the focus, is left with Escape, and gives the focus back.
  await reach(page, { role: 'link', name: '员工与权限' });
  await page.keyboard.press('Enter');
  await reach(page, { role: 'link', name: '陈晨' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '陈晨' }).waitFor();
  await reach(page, { role: 'button', name: '办理离职' });
  await page.keyboard.press('Space');
  await page.locator('dialog:popover-open').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog:popover-open').waitFor({ state: 'detached' }).catch(() => {});
  if (!(await focused(page)).text.includes('办理离职')) throw new Error('the focus is lost after a dialog');

  // The person's menu, and out.
  await reach(page, { role: 'button', name: /陈晨/ });
  await page.keyboard.press('Enter');
  await reach(page, { role: 'button', name: /退出/ });
  await page.keyboard.press('Enter');
  await page.waitForURL('**/login');
}

function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return { id: element.id, href: element.href, text: (element.innerText ?? '').trim(), label: element.ariaLabel };
  });
}

/** Presses Tab until this has the focus; a ring of stops that never comes by it is a failure. */
async function reach(page, { role, name }) {
  const wanted = page.getByRole(role, { name }).first();
  await wanted.waitFor();
  await stops(page, wanted, `${role} ${name}`);
}

async function type(page, label, text) {
  const field = page.getByLabel(label, { exact: true }).first();
  await stops(page, field, label);
  await page.keyboard.type(text);
}

async function stops(page, wanted, what) {
  for (let n = 0; n < 80; n += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      const ring = await wanted.evaluate((element) => getComputedStyle(element).outlineStyle !== 'none'
        || getComputedStyle(element).boxShadow !== 'none' || element.matches('input, select, textarea'));
      if (!ring) throw new Error(`nobody sees that ${what} has the focus`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${what}`);
}
