// The demo as a customer sees it: every page at both widths, in light and dark, zh and en. The
// pictures are for people to look at; what a machine can judge (axe, width) is judged here.
import { NARROW, WIDE, accessible, fits, open, shot, visitor } from '../browser.mjs';
import { enter, settled } from '../demo.mjs';

export const command = 'demo';

const VIEWS = [
  { theme: 'light', lang: 'zh-CN' },
  { theme: 'dark', lang: 'zh-CN' },
  { theme: 'light', lang: 'en' },
];

export default async function looks({ site, browser, pages }) {
  const scout = await visitor(browser, site);
  pages.push(scout);
  await enter(scout, 'admin@demo');
  await settled(site);
  const device = await firstLink(scout, '/console/devices', 'a[href^="/console/devices/dev_"]');
  const estate = await firstLink(scout, '/console/estates', 'a[href^="/console/estates/est_"]');
  const unit = await firstLink(scout, estate, 'a[href^="/console/units/unt_"]');

  const member = await firstLink(scout, '/console/staff', 'a[href^="/console/staff/per_"]');

  const console_ = { dashboard: '/console/dashboard', devices: '/console/devices', device,
    'device-new': '/console/devices/new', estates: '/console/estates', estate, unit, import: '/console/import',
    staff: '/console/staff', member, roles: '/console/roles', company: '/console/company', audit: '/console/audit' };
  const home = { home: '/home', meters: '/home/meters', me: '/home/me' };
  const open_ = { landing: '/', login: '/login', signup: '/signup', missing: '/nowhere' };

  for (const view of VIEWS) {
    for (const size of [WIDE, NARROW]) {
      const name = (what) => `${what}-${size.width}-${view.theme}-${view.lang.slice(0, 2)}`;
      const staff = await visitor(browser, site, { ...view, size });
      const owner = await visitor(browser, site, { ...view, size });
      const guest = await visitor(browser, site, { ...view, size });
      guest.errorsAllowed.push(/404/);
      pages.push(staff, owner, guest);
      await enter(staff, 'admin@demo');
      await enter(owner, 'owner@demo');
      for (const [page, set] of [[staff, console_], [owner, home], [guest, open_]]) {
        for (const [what, address] of Object.entries(set)) {
          await open(page, address);
          await page.waitForLoadState('networkidle').catch(() => {});
          await shot(page, name(what));
          await fits(page, name(what));
          await accessible(page, name(what));
        }
        await page.context().close();
      }
    }
  }
}

async function firstLink(page, address, selector) {
  await open(page, address);
  return page.locator(selector).first().getAttribute('href');
}
