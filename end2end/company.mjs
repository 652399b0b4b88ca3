// What the journeys of a new company share: signing up, and a first home to look after.
import { accessible, awake, open, shown, visitor } from './browser.mjs';

export const PASSWORD = 'a-long-enough-password';

/** Signs a company up, and waits for its first page. */
export async function signUp(page, { company = '晨光物业', slug = 'chenguang', name = '陈晨', login = '13812340000' } = {}) {
  await open(page, '/signup');
  await page.getByLabel('公司名称').fill(company);
  await page.getByLabel('公司代号').fill(slug);
  await page.getByLabel('你的姓名').fill(name);
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '开通' }).click();
  await page.waitForURL('**/console/dashboard**');
  await awake(page);
}

/** Invites somebody, who joins in a browser of their own. */
export async function joins(admin, name, role, place, login, size) {
  await open(admin, '/console/staff');
  await admin.getByLabel('姓名').fill(name);
  await admin.getByLabel('角色', { exact: true }).selectOption(role);
  await admin.getByLabel(place, { exact: true }).check();
  return joined(admin, name, login, size);
}

/** The same with the form that is filled in. */
export async function joined(admin, name, login, size) {
  await admin.getByRole('button', { name: '生成邀请链接' }).click();
  const address = await shown(admin, '邀请链接');
  const browser = admin.context().browser();
  const page = await visitor(browser, { url: new URL(admin.url()).origin }, { size });
  await open(page, new URL(address).pathname);
  await page.getByText(`以“${name}”的名字`).waitFor();
  await accessible(page, 'joining');
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '加入' }).click();
  await page.waitForURL('**/console/**');
  await awake(page);
  return page;
}

/** An estate with one building and one home in it; the paths of the estate and of the home. */
export async function firstHome(page, { estate = '晨光里', building = '1号楼', unit = '101' } = {}) {
  await open(page, '/console/estates');
  await page.getByLabel('名称').fill(estate);
  await page.getByRole('button', { name: '添加' }).click();
  await page.getByRole('heading', { name: estate }).waitFor();
  await page.getByLabel('楼栋名称').fill(building);
  await page.getByRole('button', { name: '添加' }).last().click();
  await page.getByRole('link', { name: building }).first().waitFor();
  const place = new URL(page.url()).pathname;
  await page.locator('select[name=building]').selectOption({ label: building });
  await page.locator('input[name=unit]').fill(unit);
  await page.getByRole('button', { name: '添加' }).first().click();
  await page.getByRole('heading', { name: `${building} ${unit}` }).waitFor();
  await awake(page);
  return { estate: place, unit: new URL(page.url()).pathname };
}

/** Writes somebody down on the page of the home that is open. */
export async function writeDown(page, { name, relation = 'owner', phone }) {
  await page.locator('input[name=name]').fill(name);
  await page.locator('select[name=relation]').selectOption(relation);
  if (phone) await page.locator('input[name=phone]').fill(phone);
  await page.getByRole('button', { name: '添加' }).click();
  await page.getByRole('cell', { name, exact: true }).waitFor();
}

/** The path of the link that lets this resident of the open home in. */
export async function invited(page, name) {
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: '邀请' }).click();
  return new URL(await row.locator('.copy-value').innerText()).pathname;
}

/** Opens a home with a link, with this log-in. */
export async function comesHome(page, link, login) {
  await open(page, link);
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '确认是我' }).click();
  await page.waitForURL('**/home**');
  await awake(page);
}

/** Prints the codes of a home's building, with that home's among them; that home's code. */
export async function printedCode(page, estate, home) {
  await open(page, estate);
  await page.getByRole('link', { name: home.split(' ')[0] }).first().click();
  await page.getByRole('link', { name: '打印纸质码' }).click();
  await page.getByRole('heading', { name: '打印纸质码' }).waitFor();
  await page.getByLabel(home).first().check();
  await page.getByRole('button', { name: '生成并打开打印页' }).click();
  const slip = page.locator('.slip', { hasText: home }).first();
  await slip.waitFor();
  return (await slip.locator('.slip-code').innerText()).trim();
}

/** Fills the claim in that is open, and sends it. Without digits, the phone is said to be another. */
export async function claims(page, { surname, digits, login }) {
  await page.locator('input[name=surname]').fill(surname);
  if (digits) await page.locator('input[name=last_digits]').fill(digits);
  else await page.getByLabel('登记的号码不是我的').check();
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.getByRole('button', { name: '打开我的家' }).click();
}

/** An owner makes a link to their home: for a renter with a last day, for family without. */
export async function shares(owner, name, until) {
  await open(owner, '/home/people');
  await owner.locator('input[name=name]').fill(name);
  if (until) {
    await owner.locator('input[name=relation][value=renter]').check();
    await owner.locator('input[name=until]').fill(until);
  }
  await owner.getByRole('button', { name: '生成邀请链接' }).click();
  const link = await shown(owner, '邀请链接');
  await owner.getByRole('listitem').filter({ hasText: name }).waitFor();
  return new URL(link).pathname;
}
