// Homes over time: an owner opens theirs with a code on paper, on a phone; a couple shares it; a
// renter without meters sees none; and a sale moves it on, so that the seller's next click is refused.
import { NARROW, accessible, awake, fits, open, shot, shown, visitor } from '../browser.mjs';

const password = 'a-long-enough-password';

export default async function homes({ site, browser, pages }) {
  const admin = await visitor(browser, site);
  pages.push(admin);
  await open(admin, '/signup');
  await admin.getByLabel('公司名称').fill('晨光物业');
  await admin.getByLabel('公司代号').fill('chenguang');
  await admin.getByLabel('你的姓名').fill('陈晨');
  await admin.getByLabel('登录名').fill('13812340000');
  await admin.getByLabel('密码', { exact: true }).fill(password);
  await admin.getByRole('button', { name: '开通' }).click();
  await admin.waitForURL('**/console/dashboard**');
  await open(admin, '/console/estates');
  await admin.getByLabel('名称').fill('晨光里');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('heading', { name: '晨光里' }).waitFor();
  await admin.getByLabel('楼栋名称').fill('1号楼');
  await admin.getByRole('button', { name: '添加' }).last().click();
  await admin.getByRole('link', { name: /1号楼/ }).first().waitFor();
  const estate = new URL(admin.url()).pathname;
  await admin.locator('select[name=building]').selectOption({ label: '1号楼' });
  await admin.locator('input[name=unit]').fill('101');
  await admin.getByRole('button', { name: '添加' }).first().click();
  await admin.getByRole('heading', { name: '1号楼 101' }).waitFor();
  await awake(admin);
  const unit = new URL(admin.url()).pathname;
  await admin.locator('input[name=name]').fill('王小明');
  await admin.locator('select[name=relation]').selectOption('owner');
  await admin.locator('input[name=phone]').fill('13812345678');
  await admin.getByRole('button', { name: '添加' }).click();
  await admin.getByRole('cell', { name: '王小明', exact: true }).waitFor();
  await admin.getByRole('link', { name: '登记设备' }).click();
  await admin.getByLabel('名称').fill('101 水表');
  await admin.getByLabel('种类').selectOption('water_meter');
  await admin.getByRole('button', { name: '登记' }).click();
  await shown(admin, '口令');

  // A slip of paper. The sheet needs no script, and its code is shown this once.
  await open(admin, estate);
  await admin.getByRole('link', { name: /1号楼/ }).first().click();
  await admin.getByRole('link', { name: '打印纸质码' }).click();
  await admin.getByRole('heading', { name: '打印纸质码' }).waitFor();
  await admin.getByText('1号楼 101').waitFor();
  await accessible(admin, 'homes to print codes for');
  await shot(admin, 'claims-print');
  await admin.getByRole('button', { name: '生成并打开打印页' }).click();
  const slip = admin.locator('.slip');
  await slip.waitFor();
  await shot(admin, 'slips');
  await accessible(admin, 'slips');
  const code = (await slip.locator('.slip-code').innerText()).trim();
  if (!/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(code)) throw new Error(`a code is ${code}`);
  if (!(await slip.locator('svg path').count())) throw new Error('no QR code');

  // The owner, on a phone: first a digit wrong, then right.
  const owner = await visitor(browser, site, { size: NARROW });
  pages.push(owner);
  await open(owner, `/claim?code=${code.replace('-', '')}`);
  await accessible(owner, 'claim');
  await fits(owner, 'claim');
  const claim = async (digits) => {
    await owner.locator('input[name=surname]').fill('王');
    await owner.locator('input[name=last_digits]').fill(digits);
    await owner.locator('input[name=login]').fill('13812345678');
    await owner.locator('input[name=password]').fill(password);
    await owner.getByRole('button', { name: '打开我的家' }).click();
  };
  await claim('0000');
  await owner.getByText('和登记的对不上').waitFor();
  await shot(owner, 'claim-mismatch');
  await accessible(owner, 'claim that does not match');
  await claim('5678');
  await owner.waitForURL('**/home**');
  await awake(owner);

  // The couple shares it; a renter gets no meters.
  const invited = async (name, relation) => {
    await open(owner, '/home/people');
    await owner.locator('input[name=name]').fill(name);
    if (relation === 'renter') {
      await owner.locator('input[name=relation][value=renter]').check();
      await owner.locator('input[name=until]').fill('2035-12-31');
    }
    await accessible(owner, `inviting ${relation}`);
    await fits(owner, 'people of a home');
    await owner.getByRole('button', { name: '生成邀请链接' }).click();
    const link = await shown(owner, '邀请链接');
    await owner.getByText(name).first().waitFor();
    return new URL(link).pathname;
  };
  const comes = async (path, login) => {
    const page = await visitor(browser, site, { size: NARROW });
    pages.push(page);
    await open(page, path);
    await page.getByLabel('登录名').fill(login);
    await page.getByLabel('密码', { exact: true }).fill(password);
    await page.getByRole('button', { name: '确认是我' }).click();
    await page.waitForURL('**/home**');
    await awake(page);
    return page;
  };
  const wife = await comes(await invited('李太太', 'family'), '13900000002');
  const renter = await comes(await invited('赵租客', 'renter'), '13900000003');
  await shot(owner, 'home-people');
  await open(wife, '/home/meters');
  await wife.getByText('水表').first().waitFor();
  await open(wife, '/home/people');
  await wife.getByText('请业主来做').waitFor();
  await open(renter, '/home/meters');
  await renter.getByText('业主没有给你看表计').waitFor();
  await accessible(renter, 'meters that are not shared');
  await shot(renter, 'home-not-shared');

  // The owner shows them after all, and then lets the renter go.
  await open(owner, '/home/people');
  await owner.getByRole('button', { name: '给看表计', exact: true }).click();
  await owner.getByRole('button', { name: '不给看表计' }).waitFor();
  await open(renter, '/home/meters');
  await renter.getByText('水表').first().waitFor();
  await owner.getByRole('listitem').filter({ hasText: '赵租客' }).getByRole('button', { name: '结束' }).click();
  await owner.locator('dialog:popover-open').getByRole('button', { name: '结束' }).click();
  await owner.getByText('赵租客').first().waitFor({ state: 'detached' });
  await renter.goto('/home/meters');
  await renter.waitForURL('**/login**');

  // Somebody comes with a later code: staff look at it, and the owner is told.
  await open(admin, estate);
  await admin.getByRole('link', { name: /1号楼/ }).first().click();
  await admin.getByRole('link', { name: '打印纸质码' }).click();
  await admin.getByLabel(/1号楼 101/).check();
  await admin.getByRole('button', { name: '生成并打开打印页' }).click();
  const second = (await admin.locator('.slip-code').innerText()).trim();
  const other = await visitor(browser, site, { size: NARROW });
  pages.push(other);
  await open(other, `/claim?code=${second}`);
  await other.locator('input[name=surname]').fill('王');
  await other.locator('input[name=last_digits]').fill('5678');
  await other.locator('input[name=login]').fill('13700000009');
  await other.locator('input[name=password]').fill(password);
  await other.getByRole('button', { name: '打开我的家' }).click();
  await other.getByText('正在核对').waitFor();
  await accessible(other, 'a request that waits');
  await fits(other, 'a request that waits');
  await open(owner, '/home');
  await owner.getByText('有人用纸质码申请').waitFor();
  await accessible(owner, 'home with a notice');
  await owner.getByRole('button', { name: '知道了' }).click();
  await owner.getByText('有人用纸质码申请').waitFor({ state: 'detached' });
  await open(admin, '/console/claims');
  await admin.getByText('自称业主 王小明').waitFor();
  await shot(admin, 'claims');
  await accessible(admin, 'claims');
  await admin.getByRole('button', { name: '不通过' }).first().click();
  await admin.locator('dialog:popover-open').getByRole('button', { name: '不通过' }).click();
  await admin.getByText('没有等待处理的登记').waitFor();
  await other.reload();
  await other.getByText('没有通过').waitFor();

  // The sale: the seller and the wife find the door shut at their next click.
  await open(admin, unit);
  await admin.getByRole('link', { name: '办理过户' }).click();
  await admin.getByRole('heading', { name: '过户' }).waitFor();
  await awake(admin);
  await admin.getByText('王小明').first().waitFor();
  await admin.getByRole('button', { name: '确认过户' }).click();
  await admin.locator('.field-error').first().waitFor();
  await accessible(admin, 'a sale with errors');
  const today = new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
  await admin.locator('input[name=on]').fill(today);
  await admin.locator('input[name="owners[0][name]"]').fill('孙买家');
  await admin.locator('input[name="owners[0][phone]"]').fill('13600000001');
  await shot(admin, 'transfer');
  await admin.getByRole('button', { name: '确认过户' }).click();
  await admin.getByRole('heading', { name: '1号楼 101' }).waitFor();
  await admin.getByRole('cell', { name: '孙买家' }).waitFor();
  await admin.getByText('以前的住户').waitFor();
  await shot(admin, 'unit-after-sale');
  await accessible(admin, 'unit after a sale');
  for (const page of [owner, wife]) {
    await page.goto('/home');
    await page.waitForURL('**/login**');
  }
}
