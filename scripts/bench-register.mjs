// The register of places, in rounds that alternate:
//   a roster of 20,000 rows (.xlsx) through the REST interface into an empty estate, and the same file
//     again; beside it the same units, households and owners put into the same tables by nothing but
//     INSERT … SELECT FROM UNNEST, as linli_app under row security, in one transaction;
//   the list page of that estate as the server renders it, beside a page that asks no database;
//   searches of a company of 100,000 homes among 1,000,000, each the whole HTTP call.
//   bench-register.mjs [seconds a round, default 10] [connections, default 4] [--lists] [--explain]
// --lists measures the list page alone, after one import. --explain also prints how PostgreSQL finds what each search looks for, as linli_app under row security.
// LINLI_BENCH_SHARE: the share of all sizes, 1 by default, to try it: 0.04 takes a minute.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeWorkbook } from '../end2end/sheets.mjs';
import { IN_ESTATE, SHAPE, bareJob, dice, estateName, fill, homes, rosterOf, somebody, stranger } from './bench-homes.mjs';
import { companies, count, from, load, median, password } from './bench-load.mjs';
import { api, cookie, post, psql, start, wrk } from './bench-site.mjs';
import { explained } from './bench-sql.mjs';

const given = process.argv.slice(2);
const explain = given.includes('--explain');
const lists = given.includes('--lists');
const [seconds, connections] = [10, 4].map((usual, n) => Number(given.filter((word) => !word.startsWith('--'))[n] ?? usual));
const share = Number(process.env.LINLI_BENCH_SHARE ?? 1);
const ROUNDS = 5;
const ROWS = Math.round(20_000 * share);
const DOORS = 20;
/** Estates of 2,000 homes: those that are searched, those of them that are imported, and all. */
const OURS = Math.max(2, Math.round(50 * share));
const IMPORTED = Math.max(1, Math.round(5 * share));
const ALL = Math.max(4, Math.round(500 * share));
const LIMIT_MS = 100;
/** What somebody asks for who sees one estate of the many. */
const MANAGED = ['a door, 1702', 'a surname, 王', 'initials, wxm'];
/** The statements that look units up, by any of their columns, and residents. */
const FINDS = /u\.find_(key|short|door) >= \$2|linli\.find_residents/;
const ASKED = Math.max(10, Math.round(12 * seconds));

/** A Chinese character is as wide as two others. */
const wide = (text) => [...text].reduce((width, c) => width + (c > '\u2e80' ? 2 : 1), 0);
const line = (name, value, unit, more = '') => console.log(`${name}${' '.repeat(Math.max(1, 50 - wide(name)))}${value.padStart(9)}${unit.padEnd(6)} ${more}`.trimEnd());
const rate = (value) => value.toFixed(value < 100 ? 1 : 0);
const MB = 1024;

/** Kilobytes of a process: what it has now (VmRSS), and the most that it had since that was reset (VmHWM). */
function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [now, most] = ['VmRSS', 'VmHWM'].map((name) => Number(text.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1]));
  return { now, most };
}

/** What somebody's calls are made with. */
async function enters(base, { slug }, login) {
  const { access_token } = await post(base, '/api/v1/auth/token', { tenant: slug, login, password }, from());
  return { authorization: `Bearer ${access_token}` };
}

/** Sends a roster and waits for what comes of it: seconds, and the import. */
async function send({ base, pid }, bearer, estate, file, name = 'roster.xlsx') {
  const form = new FormData();
  form.append('estate', estate);
  form.append('file', new Blob([file]), name);
  writeFileSync(`/proc/${pid}/clear_refs`, '5'); // from here on VmHWM counts anew
  const before = memory(pid);
  const began = performance.now();
  const { import: id } = await api(base, '/api/v1/imports/roster', { method: 'POST', headers: bearer, body: form });
  let done = await api(base, `/api/v1/imports/${id}`, { headers: bearer });
  while (done.state === 'running') {
    await sleep(20);
    done = await api(base, `/api/v1/imports/${id}`, { headers: bearer });
  }
  const took = (performance.now() - began) / 1000;
  if (done.state !== 'done') throw new Error(`the import is ${done.state}: ${JSON.stringify(done.refused.slice(0, 3))}`);
  const after = memory(pid);
  return { seconds: took, counts: done.counts, most: after.most, grown: after.most - before.now };
}

/** How long the list page of an estate takes, in ms. */
async function looks(base, session, estate) {
  const began = performance.now();
  const answer = await fetch(`${base}/console/estates/${estate}`, { headers: { cookie: session, accept: 'text/html' } });
  const text = await answer.text();
  if (!text.includes('1号楼') || !text.includes('>101<')) throw new Error(`${answer.status}: the list page does not show the homes of the estate`);
  return performance.now() - began;
}

/** An estate that is filled by one import. */
async function filled(site, company) {
  const bearer = await enters(site.base, company, `admin@${company.slug}`);
  const path = join(site.folder, 'roster.xlsx');
  writeWorkbook(path, rosterOf(homes(ROWS, DOORS, (n) => 13_900_000_000 + n, dice(1))));
  const estate = (await post(site.base, '/api/v1/estates', { name: '一期' }, bearer)).id;
  await send(site, bearer, estate, readFileSync(path));
  return estate;
}

/** Imports, and the bare rows beside them. Answers with an estate that is full now. */
async function imports(site, company, tenant) {
  const { base, db, folder } = site;
  const bearer = await enters(base, company, `admin@${company.slug}`);
  const session = await cookie(base, `admin@${company.slug}`, password, from());
  const roll = dice(1);
  const all = homes(ROWS, DOORS, (n) => 13_900_000_000 + n, roll);
  const path = join(folder, 'roster.xlsx');
  writeWorkbook(path, rosterOf(all));
  const file = readFileSync(path);
  const database = `host=127.0.0.1 port=${db.port} user=linli_app password=${db.passwords.app} dbname=linli`;
  const rounds = [];
  let full = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const estate = (await post(base, '/api/v1/estates', { name: `第${round}期` }, bearer)).id;
    const fresh = await send(site, bearer, estate, file);
    if (fresh.counts.new !== ROWS) throw new Error(`of ${ROWS} rows ${JSON.stringify(fresh.counts)} came in`);
    const first = await looks(base, session, estate);
    const again = await send(site, bearer, estate, file);
    if (again.counts.same !== ROWS) throw new Error(`of ${ROWS} rows ${JSON.stringify(again.counts)} are the same`);
    const bare = await load('homes', { database, ...(await bareJob(db, tenant, all)) });
    rounds.push({ fresh, first, again, bare });
    full ||= estate;
  }
  const of = (figure) => ROWS / median(rounds.map((each) => figure(each).seconds));
  const [fresh, again, bare] = [of((each) => each.fresh), of((each) => each.again), of((each) => each.bare)];
  const one = (per) => `${(ROWS / per).toFixed(2)} s for ${ROWS} rows`;
  line('rows imported, of a new roster', rate(fresh), '/s', one(fresh));
  line('  limit: bare UNNEST of the same rows', rate(bare), '/s', `${one(bare)}; the import is at ${(fresh / bare).toFixed(2)} of it`);
  line('rows of the same roster again', rate(again), '/s', one(again));
  line('the list page right after an import', median(rounds.map((each) => each.first)).toFixed(0), ' ms', 'before PostgreSQL has counted its rows');
  const grown = Math.max(...rounds.flatMap((each) => [each.fresh.grown, each.again.grown]));
  const most = Math.max(...rounds.flatMap((each) => [each.fresh.most, each.again.most]));
  line('the server\'s memory at most (VmHWM)', (most / MB).toFixed(1), ' MB', `of which ${(grown / MB).toFixed(1)} MB came with one import; the file has ${(file.length / MB / MB).toFixed(1)} MB`);
  return full;
}

/** The list of an estate, beside a page that asks no database. */
async function pages({ base, db }, company, estate) {
  const session = await cookie(base, `admin@${company.slug}`, password, from());
  const html = ['Accept: text/html', 'Accept-Encoding: identity'];
  const mine = [`Cookie: ${session}`, ...html];
  const list = `${base}/console/estates/${estate}`;
  // As autovacuum does within a minute or two.
  await psql(db, ['ANALYZE']);
  await looks(base, session, estate);
  const wanted = { yard: [`${base}/login`, html], list: [list, mine], found: [`${list}?code=17`, mine] };
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const figures = {};
    for (const [name, [url, headers]] of Object.entries(wanted)) figures[name] = await wrk(url, headers, { seconds, connections });
    rounds.push(figures);
  }
  const of = (name, part) => median(rounds.map((figures) => figures[name][part]));
  const show = (words, name, more = '') => line(words, rate(of(name, 'rate')), '/s', `p99 ${of(name, 'p99').toFixed(1).padStart(7)} ms   ${more}`);
  const part = (name) => `${(of(name, 'rate') / of('yard', 'rate')).toFixed(2)} of it`;
  console.log();
  show(`list page of ${ROWS} homes, server-rendered`, 'list', part('list'));
  show('  the same for doors that start with 17', 'found', part('found'));
  show('  beside: /login, which asks no database', 'yard');
}

/** What is looked for, anew each time. */
function kinds(roll, tails) {
  const at = (n) => 1 + roll(n);
  const floor = () => at(SHAPE.floors);
  const door = () => `${floor()}0${at(SHAPE.doors)}`;
  const address = () => `${at(SHAPE.buildings)}-${at(SHAPE.entrances)}-${door()}`;
  const tail = () => String(roll(tails)).padStart(4, '0');
  return {
    'an address, 3-2-1702': address,
    'a building and a door, 3-1702': () => `${at(SHAPE.buildings)}-${door()}`,
    'a door, 1702': door,
    'a building, 3号楼': () => `${at(SHAPE.buildings)}号楼`,
    'an estate and an address': () => `${estateName(at(OURS))} ${address()}`,
    'a surname, 王': () => somebody(roll).surname[0],
    'a name, 王小明': () => somebody(roll).name,
    'a surname in pinyin, wang': () => somebody(roll).surname[1],
    'a name in pinyin, wangxiaoming': () => somebody(roll).whole,
    'initials, wxm': () => somebody(roll).initials,
    'a surname and the end of a number, 王 5678': () => `${somebody(roll).surname[0]} ${tail()}`,
    'initials and a door, wxm 1702': () => `${somebody(roll).initials} ${door()}`,
    'a whole number': () => `1380000${tail()}`,
    'nobody, meiyouren': () => 'meiyouren',
  };
}

/** Searches of all of a company, and of one estate of it. */
async function searches(site, company, tenant, known) {
  const { base, db } = site;
  const admin = `admin@${company.slug}`;
  let bearer = await enters(base, company, admin);
  let manager = bearer;
  let estate = '';
  for (let nth = 0; nth < IMPORTED; nth += 1) {
    estate = (await post(base, '/api/v1/estates', { name: estateName(nth + 1) }, bearer)).id;
    const all = homes(IN_ESTATE, SHAPE.doors, (n) => 13_800_000_000 + nth * IN_ESTATE + n, dice(2 + nth));
    const file = join(site.folder, 'estate.xlsx');
    writeWorkbook(file, rosterOf(all));
    await send(site, bearer, estate, readFileSync(file));
  }
  const invited = await post(base, '/api/v1/staff/invitations', { name: '陈经理', role: 'estate_manager', places: [estate] }, bearer);
  const login = `manager@${company.slug}`;
  await post(base, '/api/v1/staff/join', { token: invited.token, login, password }, from());
  const began = performance.now();
  // As many estates of others as make up the wanted sum.
  const others = Math.max(1, ALL - OURS - Math.round(known / IN_ESTATE));
  await fill(db, [{ tenant, from: IMPORTED + 1, to: OURS }, { tenant: await stranger(db), from: 1, to: others }], tenant);
  const [ours, all] = [await count(db, `SELECT count(*) FROM unit WHERE tenant_id = '${tenant}'`), await count(db, 'SELECT count(*) FROM unit')];
  console.log(`\n${ours} homes of a company among ${all} (filled in ${((performance.now() - began) / 1000).toFixed(0)} s); each search ${ROUNDS * ASKED} times, one at a time`);

  const asked = kinds(dice(99), Math.min(10_000, IMPORTED * IN_ESTATE));
  const ask = async (path, headers) => {
    const began = performance.now();
    const answer = await fetch(base + path, { headers });
    const text = await answer.text();
    const ms = performance.now() - began;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return { ms, found: text.includes('"unit"') };
  };
  const search = (q, headers) => ask(`/api/v1/search?q=${encodeURIComponent(q)}`, headers);
  const calls = [['/healthz', () => ask('/healthz', {})]];
  for (const [kind, make] of Object.entries(asked)) calls.push([kind, () => search(make(), bearer)]);
  for (const kind of MANAGED) calls.push([`${kind}, with one estate`, () => search(asked[kind](), manager)]);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // An access token is good for fifteen minutes.
    bearer = await enters(base, company, admin);
    manager = await enters(base, company, login);
    for (const [, call] of calls) await call();
    const times = new Map(calls.map(([kind]) => [kind, []]));
    for (let n = 0; n < ASKED; n += 1) {
      for (const [kind, call] of calls) times.get(kind).push(await call());
    }
    rounds.push(times);
  }
  const at = (part, kind) => median(rounds.map((times) => Float64Array.from(times.get(kind), ({ ms }) => ms).sort()[Math.floor(ASKED * part)]));
  for (const [kind] of calls) {
    const [p50, p99] = [at(0.5, kind), at(0.99, kind)];
    const found = rounds.flatMap((times) => times.get(kind)).filter((each) => each.found).length / (ROUNDS * ASKED);
    if (p99 > LIMIT_MS) process.exitCode = 1;
    const more = kind === '/healthz' ? 'nothing but the call' : `limit ${LIMIT_MS} ms${p99 > LIMIT_MS ? ': OVER' : ''}; ${(100 * found).toFixed(0)} of 100 found something`;
    line(`  ${kind}`, p99.toFixed(1), ' ms', `p50 ${p50.toFixed(1).padStart(6)} ms   ${more}`);
  }
  if (explain) {
    bearer = await enters(base, company, admin);
    manager = await enters(base, company, login);
    const all = [...Object.keys(asked).map((kind) => [kind, bearer]), ...MANAGED.map((kind) => [kind, manager])];
    for (const [kind, who] of all) {
      const q = asked[kind]();
      const plans = await explained(db, () => search(q, who), FINDS);
      for (const plan of plans) console.log(`\n${kind}${who === manager ? ', with one estate' : ''}: ${q}\n${plan}`);
    }
  }
}

const site = await start('serve', { LINLI_TRUSTED_PROXIES: '127.0.0.1' });
try {
  console.log(`${ROUNDS} rounds, the median; ${cpus().length} cores, client, server and PostgreSQL on one machine${share === 1 ? '' : `; ${share} of all sizes`}\n`);
  const [company, searched] = await companies(site, 2, 0);
  const [tenant, other] = await Promise.all([company, searched].map(async ({ slug }) => (await psql(site.db, [`SELECT id FROM tenant WHERE slug = '${slug}'`])).stdout.trim()));
  const full = lists ? await filled(site, company) : await imports(site, company, tenant);
  await pages(site, company, full);
  if (!lists) await searches(site, searched, other, 2 * ROUNDS * ROWS);
} finally {
  await site.stop();
}
