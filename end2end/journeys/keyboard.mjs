// A shift without a mouse: past the rail by the skip link, in by the log-in, to the list of devices
// and along its rows, a device registered, a question left with Escape, another language and theme,
// and out again. Every step is Tab, Enter, Space, an arrow or typing, and each stop is seen.
import { accessible, awake, open, shot, visitor } from '../browser.mjs';
import { PASSWORD, firstHome, signUp } from '../company.mjs';

const LOGIN = '13812340000';

export default async function keyboard({ site, browser, pages }) {
  // Somebody else has set the company up.
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin, { login: LOGIN });
  await firstHome(admin);

  const page = await visitor(browser, site);
  pages.push(page);
  await open(page, '/login');
  await skips(page);
  await type(page, page.locator('input[name=login]'), LOGIN);
  await type(page, page.locator('input[name=password]'), PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/dashboard**');
  await awake(page);

  // The first stop leads past the rail; without it, the rail is what comes next.
  await page.reload();
  await awake(page);
  await skips(page);
  await page.reload();
  await awake(page);
  await page.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '设备', exact: true }).waitFor();
  await press(page, page.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '设备', exact: true }), 'Enter');
  await page.waitForURL('**/console/devices**');
  await page.getByRole('heading', { name: '设备', exact: true }).waitFor();

  // A device is registered; a mistake is said beside its field, which keeps the focus in reach.
  await press(page, page.getByRole('link', { name: '登记设备' }).first(), 'Enter');
  await page.getByRole('heading', { name: '登记设备' }).waitFor();
  await type(page, page.locator('input[name=name]'), '总水表');
  const kind = page.locator('select[name=kind]');
  await reach(page, kind);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await type(page, page.locator('input[name=key]'), 'B3 main');
  await reach(page, page.getByRole('radio', { name: /MQTT/ }));
  await page.keyboard.press('ArrowRight');
  await checked(page, /HTTP/);
  await page.keyboard.press('ArrowLeft');
  await checked(page, /MQTT/);
  await press(page, page.getByRole('button', { name: '登记', exact: true }), 'Enter');
  await page.getByText('只能用小写字母').waitFor();
  const key = page.locator('input[name=key]');
  if ((await key.inputValue()) !== 'B3 main') throw new Error('what was typed is lost');
  await reach(page, key);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('b3-main');
  await page.keyboard.press('Enter');
  await page.locator('.copy-label', { hasText: '口令' }).waitFor();
  await accessible(page, 'credentials by keyboard');
  await reach(page, page.locator('.copy').first().getByRole('button'));

  // The table is a stop of its own, to scroll it; its heads sort it, and its rows lead on.
  await press(page, page.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '设备', exact: true }), 'Enter');
  await page.getByRole('link', { name: '总水表' }).waitFor();
  await reach(page, page.getByRole('region', { name: '设备' }));
  await page.keyboard.press('Tab');
  await seen(page, page.getByRole('columnheader', { name: '状态' }).getByRole('link'));
  await press(page, page.getByRole('link', { name: '总水表' }), 'Enter');
  await page.getByRole('heading', { name: '总水表' }).waitFor();

  // A question opens on its harmless answer, is left with Escape, and gives the focus back.
  await press(page, page.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '员工与权限' }), 'Enter');
  await press(page, page.getByRole('link', { name: '陈晨' }), 'Enter');
  await page.getByRole('heading', { name: '陈晨' }).waitFor();
  await awake(page);
  const ask = page.getByRole('button', { name: '办理离职' });
  await press(page, ask, 'Space');
  const dialog = page.locator('dialog:popover-open');
  await dialog.waitFor();
  await seen(page, dialog.getByRole('button', { name: '取消' }));
  await page.keyboard.press('Tab');
  await seen(page, dialog.getByRole('button', { name: '确认离职' }));
  await shot(page, 'keyboard-dialog', { full: false });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await seen(page, ask);

  // The person's menu: left with Escape from inside, then dark, then English, then out.
  const menu = page.locator('.topbar-end summary').last();
  await press(page, menu, 'Enter');
  await reach(page, page.getByRole('link', { name: '深色' }));
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: '深色' }).waitFor({ state: 'hidden' });
  await seen(page, menu);
  await page.keyboard.press('Enter');
  await press(page, page.getByRole('link', { name: '深色' }), 'Enter');
  await page.locator('html[data-theme=linli-dark]').waitFor();
  await awake(page);
  await press(page, menu, 'Enter');
  await press(page, page.getByRole('link', { name: 'English' }), 'Enter');
  await page.locator('html[lang=en]').waitFor();
  await awake(page);
  await accessible(page, 'in the dark and in English');
  await press(page, menu, 'Enter');
  await press(page, page.getByRole('button', { name: 'Log out' }), 'Enter');
  await page.waitForURL('**/login');
}

/** The first stop is the skip link, is seen, and puts the focus into the page's main part. */
async function skips(page) {
  const skip = page.locator('a.skip');
  await page.keyboard.press('Tab');
  await seen(page, skip);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'main');
  await page.keyboard.press('Tab');
  if (!(await page.evaluate(() => document.activeElement.closest('main')))) {
    throw new Error(`after the skip link comes ${await named(page)}`);
  }
}

async function press(page, wanted, key) {
  await reach(page, wanted);
  await page.keyboard.press(key);
}

async function type(page, field, text) {
  await reach(page, field);
  await page.keyboard.type(text);
}

/** Presses Tab until this has the focus; a ring of stops that never comes by it is a failure. */
async function reach(page, wanted) {
  await wanted.waitFor();
  for (let n = 0; n < 90; n += 1) {
    if (await has(wanted)) return seen(page, wanted);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

const has = (wanted) => wanted.evaluate((element) => element === document.activeElement);

/** It has the focus, is on the screen, and a ring around it or around its label shows that. */
async function seen(page, wanted) {
  if (!(await has(wanted))) throw new Error(`the focus is on ${await named(page)} and not on ${wanted}`);
  const flaw = await wanted.evaluate((element) => {
    const marked = [element, element.closest('label'), element.parentElement]
      .filter(Boolean)
      .some((each) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(each);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
      });
    if (!marked) return 'shows no focus';
    const box = element.closest('label')?.getBoundingClientRect() ?? element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    return inside && box.width > 0 ? '' : 'is outside of the screen';
  });
  if (flaw) throw new Error(`${wanted} ${flaw}`);
}

async function checked(page, name) {
  const radio = page.getByRole('radio', { name });
  if (!(await radio.isChecked())) throw new Error(`the arrow does not choose ${name}`);
  await seen(page, radio);
}

const named = (page) => page.evaluate(() => {
  const element = document.activeElement;
  return `${element.localName} "${(element.ariaLabel ?? element.innerText ?? element.name ?? '').trim().slice(0, 40)}"`;
});
