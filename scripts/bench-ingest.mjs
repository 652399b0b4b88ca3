// Readings from devices to the live websocket, over the embedded broker: 200 connections at QoS 1
// that each have a few messages of three values under way. Rounds alternate between
//   Linli: what is acknowledged, so in Postgres, and what is seen on the websocket meanwhile;
//   its limit: rows put into the same table by nothing but INSERT … SELECT FROM UNNEST, as
//     linli_app under row security, in batches as large as those that ingest made;
//   a bare broker (Mosquitto) whose subscriber only acknowledges.
// Then, at half of that: how long from publishing to the frame that shows it. And what a reading takes
// on disk.
//   bench-ingest.mjs [seconds a round, default 10] [connections, default 200]
import { cpus } from 'node:os';
import { companies, cpuOf, count, goal, load, median, mosquitto, points, refused } from './bench-load.mjs';
import { psql, start } from './bench-site.mjs';

const seconds = Number(process.argv[2] ?? 10);
const connections = Number(process.argv[3] ?? 200);
const ROUNDS = 5;
const IN_FLIGHT = 4;
/** A company's pace on the plan `group` is 10,000 readings a second. */
const COMPANIES = 4;
const GOAL = 15_000;
const GOAL_OF_LIMIT = 0.3;

/** How many batches ingest has stored, and how many readings in them. */
async function batches(base) {
  const text = await (await fetch(`${base}/metrics`)).text();
  const sum = (name) => [...text.matchAll(new RegExp(`^ingest_batch_size_${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].reduce((all, [, value]) => all + Number(value), 0);
  return { count: sum('count'), readings: sum('sum') };
}

/** The rows of the limit lie in a month of their own, whose partition is emptied after each round. */
const today = new Date();
const nextMonth = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 2);

const site = await start('serve', { LINLI_TRUSTED_PROXIES: '127.0.0.1' });
let broker = null;
try {
  broker = await mosquitto(site.folder);
  const { base, db, pid } = site;
  console.log(`${connections} devices of ${COMPANIES} companies, messages of 3 values, ${IN_FLIGHT} under way each, QoS 1`);
  console.log(`${ROUNDS} rounds of ${seconds} s each, the median; ${cpus().length} cores, client, server and PostgreSQL on one machine\n`);
  const founded = await companies(site, COMPANIES, Math.ceil(connections / COMPANIES));
  const devices = founded.flatMap((company) => company.devices).slice(0, connections);
  const watchers = founded.map(({ access_token, estate }) => ({ access_token, topic: `estate/${estate}/points` }));
  const processes = [{ name: 'server', pid }, { name: 'postgres', pid: db.pid, children: true }];
  const linli = { host: '127.0.0.1', port: site.mqtt, devices, in_flight: IN_FLIGHT, http: base.slice('http://'.length), watchers, processes };

  /** What is acknowledged is stored, once; nothing was refused; and the last of it was seen. */
  const measured = async (job) => {
    const before = await count(db, 'SELECT count(*) FROM reading');
    const told = await load('devices', job);
    const stored = (await count(db, 'SELECT count(*) FROM reading')) - before;
    if (stored !== told.all) throw new Error(`${told.all} readings were acknowledged and ${stored} stored, ${await refused(db)} refused`);
    if (told.unseen > 0) throw new Error(`${told.unseen} points never showed their last value on the websocket`);
    return told;
  };

  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await batches(base);
    const told = await measured({ ...linli, seconds, rate: null });
    const after = await batches(base);
    const batch = Math.max(1, Math.round((after.readings - before.readings) / (after.count - before.count)));
    const rows = await load('rows', {
      database: `host=127.0.0.1 port=${db.port} user=linli_app password=${db.passwords.app} dbname=linli`,
      companies: await points(db), batch, from_ms: nextMonth, seconds, processes,
    });
    await psql(db, [`DO $$ BEGIN EXECUTE (SELECT format('TRUNCATE %s', tableoid::regclass) FROM reading WHERE ts >= to_timestamp(${nextMonth} / 1000.0) LIMIT 1); END $$`]);
    const bare = broker && (await load('devices', {
      host: '127.0.0.1', port: broker.port, devices, seconds, in_flight: IN_FLIGHT, rate: null, subscriber: 'linli/#',
      processes: [{ name: 'broker', pid: broker.pid }],
    }));
    rounds.push({ told, rows, bare, batch });
  }
  const of = (figure) => median(rounds.map(figure));
  const rate = of(({ told }) => told.readings / told.seconds);
  const limit = of(({ rows }) => rows.rows / rows.seconds);
  const line = (name, value, more = '') => console.log(`${name.padEnd(46)}${value.toFixed(0).padStart(8)}/s   ${more}`.trimEnd());
  line('readings acknowledged, so stored', rate, goal(rate >= GOAL, `goal ${GOAL}/s`));
  line('  values seen on the websocket meanwhile', of(({ told }) => told.values / told.seconds), `the newest of each point, in ${of(({ told }) => told.frames / told.seconds).toFixed(1)} frames/s; the last of each was seen`);
  line(`  limit: bare UNNEST, ${of(({ batch }) => batch)} rows a commit`, limit, goal(rate >= GOAL_OF_LIMIT * limit, `${(rate / limit).toFixed(2)} of it, goal ${GOAL_OF_LIMIT}`));
  if (broker) line('  beside: Mosquitto and a subscriber', of(({ bare }) => bare.received / bare.seconds), `${(rate / of(({ bare }) => bare.received / bare.seconds)).toFixed(2)} of it; it stores nothing`);
  else console.log('  beside: a bare broker                       skipped: there is no .tools/mosquitto');
  const busy = (told) => told.cpu.server + told.cpu.postgres;
  line('readings a CPU second, server and PostgreSQL', of(({ told }) => told.readings / busy(told)), cpuOf(rounds.map(({ told }) => told)));
  line('  limit: bare UNNEST, PostgreSQL alone', of(({ rows }) => rows.rows / rows.cpu.postgres));

  const half = await measured({ ...linli, seconds: 2 * seconds, rate: rate / 2 / 3 });
  const reached = half.readings / half.seconds;
  console.log(`\nfrom publishing to a frame on the websocket, at ${reached.toFixed(0)} readings/s`);
  console.log(`  p50 ${half.late_ms.p50.toFixed(0)} ms, p99 ${half.late_ms.p99.toFixed(0)} ms of ${half.late_ms.of} values; a topic has a frame each 250 ms at most`);
  if (reached < 0.95 * (rate / 2)) console.log(`  ${goal(false, 'half of the rate was not reached')}`);

  // The month of the limit's rows is empty by now.
  const { stdout } = await psql(db, [
    `SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)), (SELECT count(*) FROM reading)
     FROM pg_partition_tree('reading') WHERE isleaf`,
  ]);
  const [table, index, rows] = stdout.trim().split('|').map(Number);
  console.log(`\ndisk a reading: ${(table / rows).toFixed(0)} bytes, and ${(index / rows).toFixed(0)} of its index; ${rows} readings`);
} finally {
  await broker?.stop();
  await site.stop();
}
