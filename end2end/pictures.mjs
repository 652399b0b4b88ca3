// Takes the pictures of the README and of the landing page again.   node end2end/pictures.mjs
// Today's curve is as long as the day in the demo's zone is old: best in the evening there.
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { launch, open, visitor } from './browser.mjs';
import { enter, settled, speaks } from './demo.mjs';
import { root, start } from './site.mjs';

const site = await start('demo');
const browser = await launch();
try {
  for (const [name, lang] of [['zh', 'zh-CN'], ['en', 'en']]) {
    const page = await visitor(browser, site, { lang, size: { width: 1440, height: 1010 } });
    await speaks(page, lang);
    await enter(page, 'admin@demo');
    await settled(site);
    await open(page, '/console/dashboard');
    await page.getByText(/实时|Live/).first().waitFor();
    const file = path.join(root, `public/shots/console-${name}.jpg`);
    await page.screenshot({ path: file, type: 'jpeg', quality: 82, animations: 'disabled' });
    if (name === 'zh') copyFileSync(file, path.join(root, 'docs/pictures/console.jpg'));
    await page.context().close();
  }
} finally {
  await browser.close();
  await site.stop();
}
