// Homes over time: an owner opens theirs with a code on paper, on a phone; a couple shares it; a
// renter sees what the owner chose, until the lease ends; and a sale moves it on, so that the
// seller's next click is refused while the buyer is at home.
import { NARROW, accessible, awake, fits, open, shot, shown, visitor } from '../browser.mjs';
import { PASSWORD, claims, comesHome, firstHome, printedCode, shares, signUp, writeDown } from '../company.mjs';

const HOME = '1号楼 101';

export default async function homes({ site, browser, pages }) {
  const comer = async () => {
    const page = await visitor(browser, site, { size: NARROW });
    pages.push(page);
    // What the browser says of a live connection after its session has ended.
    page.errorsAllowed.push(/HTTP Authentication failed/);
    return page;
  };
  const admin = await visitor(browser, site);
  pages.push(admin);
  await signUp(admin);
  const { estate, unit } = await firstHome(admin);
  await writeDown(admin, { name: '王小明', phone: '13812345678' });
  await admin.getByRole('link', { name: '登记设备' }).click();
  await admin.getByLabel('名称').fill('101 水表');
  await admin.getByLabel('种类').selectOption('water_meter');
  await admin.getByRole('button', { name: '登记' }).click();
  await shown(admin, '口令');

  // A slip of paper. The sheet needs no script, and its code is shown this once.
  const code = await printedCode(admin, estate, HOME);
  if (!/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(code)) throw new Error(`a code is ${code}`);
  if (!(await admin.locator('.slip svg path').count())) throw new Error('no QR code');
  await accessible(admin, 'slips');

  // The owner, on a phone: first a digit wrong, then right.
  const owner = await comer();
  await open(owner, `/claim?code=${code.replace('-', '')}`);
  await accessible(owner, 'claim');
  await fits(owner, 'claim');
  await claims(owner, { surname: '王', digits: '0000', login: '13812345678' });
  await owner.getByText('和登记的对不上').waitFor();
  await accessible(owner, 'claim that does not match');
  await shot(owner, 'claim-mismatch');
  await claims(owner, { surname: '王', digits: '5678', login: '13812345678' });
  await owner.waitForURL('**/home**');
  await awake(owner);

  // The couple shares it; a renter is let in until a day, and sees no meters.
  await open(owner, '/home/people');
  await owner.locator('input[name=relation][value=renter]').check();
  await accessible(owner, 'an invitation of a renter');
  await fits(owner, 'an invitation of a renter');
  const wife = await comer();
  await comesHome(wife, await shares(owner, '李太太'), '13900000002');
  const renter = await comer();
  await comesHome(renter, await shares(owner, '赵租客', '2035-12-31'), '13900000003');
  await open(owner, '/home/people');
  await line(owner, '赵租客').getByText('租客 · 到 2035-12-31 为止 · 看不到表计').waitFor();
  await accessible(owner, 'people of a home');
  await fits(owner, 'people of a home');
  await shot(owner, 'home-people');
  await open(wife, '/home/meters');
  await wife.getByText('用水').first().waitFor();
  await open(wife, '/home/people');
  await wife.getByText('请业主来做').waitFor();
  await open(renter, '/home/meters');
  await renter.getByText('业主没有给你看表计').waitFor();
  await accessible(renter, 'meters that are not shared');
  await shot(renter, 'home-not-shared');

  // The owner shows them after all, and then lets the renter go.
  await line(owner, '赵租客').getByRole('button', { name: '给看表计', exact: true }).click();
  await line(owner, '赵租客').getByRole('button', { name: '不给看表计' }).waitFor();
  await open(renter, '/home/meters');
  await renter.getByText('用水').first().waitFor();
  await line(owner, '赵租客').getByRole('button', { name: '结束' }).click();
  await owner.locator('dialog').getByRole('button', { name: '结束' }).click();
  await owner.getByText('赵租客').first().waitFor({ state: 'detached' });
  await renter.goto('/home/meters');
  await renter.waitForURL('**/login**');

  // Somebody comes with a later code: staff look at it, and the owner is told.
  const second = await printedCode(admin, estate, HOME);
  const other = await comer();
  await open(other, `/claim?code=${second}`);
  await claims(other, { surname: '王', digits: '5678', login: '13700000009' });
  await other.getByText('正在核对').waitFor();
  await accessible(other, 'a request that waits');
  await fits(other, 'a request that waits');
  await open(owner, '/home');
  await owner.getByText('有人用纸质码申请').waitFor();
  await accessible(owner, 'home with a notice');
  await owner.getByRole('button', { name: '知道了' }).click();
  await owner.getByText('有人用纸质码申请').waitFor({ state: 'detached' });
  await decides(admin, '自称业主 王小明', '不通过');
  await other.reload();
  await other.getByText('没有通过').waitFor();

  // The sale: what is missing is said beside its field, and then the seller and the wife find the
  // door shut at their next click.
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
  await admin.getByRole('button', { name: '确认过户' }).click();
  await admin.getByRole('cell', { name: '孙买家', exact: true }).waitFor();
  await admin.getByText('以前的住户').waitFor();
  await awake(admin);
  await accessible(admin, 'unit after a sale');
  await shot(admin, 'unit-after-sale');
  await owner.getByText('登录已经结束').waitFor();
  await owner.getByRole('navigation', { name: '栏目' }).getByRole('link', { name: '表计' }).click();
  await owner.getByText('请先登录').waitFor();
  await accessible(owner, 'a click of the seller');
  await owner.getByRole('alert').getByRole('link').click();
  await owner.waitForURL('**/login**');
  await wife.goto('/home');
  await wife.waitForURL('**/login**');

  // The buyer lost the slip's phone number: staff check, accept, and the home is theirs alone.
  const third = await printedCode(admin, estate, HOME);
  const buyer = await comer();
  await open(buyer, `/claim?code=${third}`);
  await claims(buyer, { surname: '孙', login: '13600000002' });
  await buyer.getByText('正在核对').waitFor();
  await decides(admin, '自称业主 孙买家', '通过');
  await buyer.reload();
  await buyer.getByText('已经通过').waitFor();
  await accessible(buyer, 'a request that was accepted');
  await buyer.getByRole('link', { name: '登录' }).last().click();
  await buyer.locator('input[name=login]').fill('13600000002');
  await buyer.locator('input[name=password]').fill(PASSWORD);
  await buyer.getByRole('button', { name: '登录' }).last().click();
  await buyer.waitForURL('**/home**');
  await awake(buyer);
  await buyer.getByText(HOME).first().waitFor();
  await open(buyer, '/home/people');
  await buyer.getByText('孙买家').first().waitFor();
  for (const name of ['王小明', '李太太']) {
    if ((await buyer.content()).includes(name)) throw new Error(`the buyer reads ${name}`);
  }
}

const line = (page, name) => page.getByRole('listitem').filter({ hasText: name });

/** Staff answer the one request that waits. */
async function decides(admin, says, answer) {
  await open(admin, '/console/claims');
  await admin.getByText(says).waitFor();
  await accessible(admin, 'claims');
  await admin.getByRole('button', { name: answer, exact: true }).first().click();
  await admin.locator('dialog').getByRole('button', { name: answer, exact: true }).click();
  await admin.getByText('没有等待处理的登记').waitFor();
}
