// The same work through Linli and through Node-RED 4: from MQTT into PostgreSQL, and then to a
// websocket. Both beside the same PostgreSQL, in rounds that alternate; devices speak to Linli's own
// broker, and to a Mosquitto in front of Node-RED.
//   readings a second that are stored and seen, and a CPU second of all that has a part in it;
//   from publishing to the frame that shows it, at a pace that both can keep;
//   readings lost that a device saw acknowledged, when it is killed with -9 and started again, three
//     times.
// Linli also keeps newest values, half hours, presence and the day's count, and asks who may.
//   bench-peers.mjs [seconds a round, default 10] [devices, default 200]
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { companies, count, cpuOf, load, median, mosquitto } from './bench-load.mjs';
import { nodeRed, tables, version } from './bench-node-red.mjs';
import { freePort, start } from './bench-site.mjs';

const seconds = Number(process.argv[2] ?? 10);
const wanted = Number(process.argv[3] ?? 200);
const ROUNDS = 5;
const COMPANIES = 4;
const VALUES = 3;
const KILLS = 3;
const IN_FLIGHT = 4;
/** What Node-RED is offered at first, in readings a second, and by how much more each time. */
const FIRST = 1_500;
const MORE = 1.3;
/** Within this a backlog is worked off. */
const PATIENCE_MS = 120_000;

/** Waits until a table has stopped growing, and says how many rows it has. */
async function settled(db) {
  const until = Date.now() + PATIENCE_MS;
  let [rows, since] = [await count(db, 'SELECT count(*) FROM reading'), Date.now()];
  while (Date.now() - since < 3_000) {
    if (Date.now() > until) throw new Error('the backlog was not worked off in time');
    await sleep(200);
    const now = await count(db, 'SELECT count(*) FROM reading');
    if (now !== rows) [rows, since] = [now, Date.now()];
  }
  return rows;
}

/** Speaks while `kill` and `again` happen, some times over: what was acknowledged, stored and lost. */
async function killed(db, job, kill, again) {
  const sum = { acknowledged: 0, stored: 0, lost: 0 };
  for (let nth = 0; nth < KILLS; nth += 1) {
    const before = await settled(db());
    const speaking = load('devices', { ...job, watchers: [], loyal: true, seconds: 12 });
    await sleep(5_000);
    await kill();
    await sleep(1_000);
    await again();
    const { all } = await speaking;
    const stored = (await settled(db())) - before;
    sum.acknowledged += all;
    sum.stored += stored;
    sum.lost += Math.max(0, all - stored);
  }
  return sum;
}

const ports = { LINLI_HTTP_ADDR: `127.0.0.1:${await freePort()}`, LINLI_MQTT_LISTEN: `127.0.0.1:${await freePort()}` };
const settings = { LINLI_TRUSTED_PROXIES: '127.0.0.1', ...ports };
let site = await start('serve', settings);
let broker = null;
let peer = null;
try {
  const { db } = site;
  broker = await mosquitto(site.folder);
  if (!broker) throw new Error('there is no .tools/mosquitto: scripts/setup bench unpacks it');
  const other = await tables(db);
  peer = await nodeRed(site.folder, broker, other);
  console.log(`${wanted} devices, messages of ${VALUES} values, QoS 1; ${ROUNDS} rounds of ${seconds} s each, the median; ${cpus().length} cores for everything\n`);
  const postgres = { name: 'postgres', pid: db.pid, children: true };
  const founded = await companies(site, COMPANIES, Math.ceil(wanted / COMPANIES));
  const ours = {
    host: '127.0.0.1', port: site.mqtt, in_flight: IN_FLIGHT, http: site.base.slice('http://'.length),
    devices: founded.flatMap((company) => company.devices).slice(0, wanted),
    watchers: founded.map(({ access_token, estate }) => ({ access_token, topic: `estate/${estate}/points` })),
    processes: [{ name: 'server', pid: site.pid }, postgres],
  };
  const names = Array.from({ length: wanted }, (_, n) => `d${n}`);
  const theirs = {
    host: '127.0.0.1', port: broker.port, in_flight: IN_FLIGHT, http: peer.http,
    devices: names.map((name) => ({ username: name, password: name, topic: `linli/bench/${name}`, device: name })),
    watchers: [{ access_token: '', topic: '' }],
    processes: [{ name: 'server', pid: peer.pid() }, { name: 'broker', pid: broker.pid }, postgres],
  };

  /** What it stores and shows of what it is offered; what was too much is worked off before this ends. */
  let known = 0;
  const offered = async (rate) => {
    const told = await load('devices', { ...theirs, seconds, rate: rate / VALUES });
    const stored = await settled(other);
    if (stored - known !== told.all) throw new Error(`Node-RED stored ${stored - known} of ${told.all}: ${peer.said()}`);
    known = stored;
    return told;
  };
  const seen = (told) => told.values / told.seconds;
  let best = 0;
  for (let rate = FIRST; ; rate = MORE * best) {
    const reached = seen(await offered(rate));
    if (reached < 1.05 * best) break;
    best = Math.max(best, reached);
  }
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const linli = await load('devices', { ...ours, seconds, rate: null });
    const red = await offered(MORE * best);
    best = Math.max(best, seen(red));
    rounds.push({ linli, red });
  }
  const of = (figure) => median(rounds.map(figure));
  const [linli, red] = [of((each) => each.linli.readings / each.linli.seconds), of((each) => seen(each.red))];
  const busy = ({ cpu }) => cpu.server + cpu.postgres + (cpu.broker ?? 0);
  const line = (name, mine, its, more = '') => console.log(`${name.padEnd(44)}${mine.padStart(10)}${its.padStart(12)}   ${more}`.trimEnd());
  line('', 'Linli', `Node-RED`, await version());
  line('readings/s, stored and seen', linli.toFixed(0), red.toFixed(0), `${(linli / red).toFixed(1)} times as many`);
  const [mine, its] = [of((each) => each.linli.readings / busy(each.linli)), of((each) => each.red.values / busy(each.red))];
  line('readings a CPU second, of all that work', mine.toFixed(0), its.toFixed(0), `${(mine / its).toFixed(1)} times as many`);

  // Half of what the slower one can: nothing waits because of too much.
  const pace = Math.min(linli, red) / 2;
  const calm = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    calm.push({ linli: await load('devices', { ...ours, seconds, rate: pace / VALUES }), red: await offered(pace) });
  }
  for (const part of ['p50', 'p99']) {
    const late = (who) => median(calm.map((each) => each[who].late_ms[part])).toFixed(0);
    line(`ms from publishing to its frame, ${part}`, late('linli'), late('red'), `at ${pace.toFixed(0)} readings/s`);
  }

  const rate = pace / VALUES;
  // Node-RED first: with Linli PostgreSQL begins anew, at another port.
  const itsKilled = await killed(() => other, { ...theirs, rate }, peer.kill, peer.begin);
  const mineKilled = await killed(() => site.db, { ...ours, rate }, () => site.kill(), async () => (site = await start('serve', settings, undefined, site.folder)));
  line(`readings lost, killed ${KILLS} times`, String(mineKilled.lost), String(itsKilled.lost), `acknowledged ${mineKilled.acknowledged} and ${itsKilled.acknowledged}, stored ${mineKilled.stored} and ${itsKilled.stored}`);
  console.log(`\n${cpuOf(rounds.map((each) => each.linli))}; Node-RED: itself ${of((each) => each.red.cpu.server / each.red.seconds).toFixed(2)}, Mosquitto ${of((each) => each.red.cpu.broker / each.red.seconds).toFixed(2)}, PostgreSQL ${of((each) => each.red.cpu.postgres / each.red.seconds).toFixed(2)}`);
} finally {
  await peer?.stop();
  await broker?.stop();
  await site.stop();
}
