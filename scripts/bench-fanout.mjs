// One estate's points to 1,000 live sockets, beside a bare loop that sends a frame of that size to
// as many: tokio-tungstenite on both sides, and nothing else. Twice:
//   as pages do it, one subscription a socket. A subscription has four frames a second at most, so
//     that is what is due;
//   with so many subscriptions a socket that the server cannot keep up: what it can.
//   bench-fanout.mjs [seconds a round, default 10] [sockets, default 1000]
import { cpus } from 'node:os';
import { colleagues, companies, goal, load, median } from './bench-load.mjs';
import { start } from './bench-site.mjs';

const seconds = Number(process.argv[2] ?? 10);
const sockets = Number(process.argv[3] ?? 1000);
const ROUNDS = 5;
const DEVICES = 8;
/** One person has sixteen sockets at most. */
const EACH = 16;
const FRAMES = 4;
const SUBSCRIPTIONS = 32;
const GOAL = 0.5;

const site = await start('serve', { LINLI_TRUSTED_PROXIES: '127.0.0.1' });
try {
  const { base, db, pid } = site;
  console.log(`${sockets} sockets, ${ROUNDS} rounds of ${seconds} s each, the median; ${cpus().length} cores, both sides on one machine\n`);
  const [company] = await companies(site, 1, DEVICES);
  const tokens = await colleagues(site, company, Math.ceil(sockets / EACH));
  const topic = `estate/${company.estate}/points`;
  const watchers = Array.from({ length: sockets }, (_, n) => ({ access_token: tokens[Math.floor(n / EACH)], topic }));
  const job = {
    http: base.slice('http://'.length), watchers, mqtt: { host: '127.0.0.1', port: site.mqtt }, devices: company.devices,
    // Each device speaks ten times a second, so that every frame has news of all of them.
    rate: DEVICES * 10, seconds, rounds: ROUNDS, processes: [{ name: 'server', pid }, { name: 'postgres', pid: db.pid, children: true }],
  };
  const line = (name, rounds, more = '') => {
    const frames = median(rounds.map((round) => round.frames_a_second));
    const bytes = median(rounds.map((round) => round.bytes_a_second)) / 1e6;
    console.log(`${name.padEnd(46)}${frames.toFixed(0).padStart(8)} frames/s ${bytes.toFixed(0).padStart(6)} MB/s   ${more}`.trimEnd());
    return frames;
  };
  const spent = (rounds, name) => median(rounds.map((round) => round.frames_a_second * round.seconds / round.cpu[name])).toFixed(0);

  const paged = await load('fan-out', { ...job, subscriptions: 1 });
  const due = sockets * FRAMES;
  const reached = median(paged.live.map((round) => round.frames_a_second));
  line('as pages do it: one subscription a socket', paged.live, `${(reached / due).toFixed(2)} of the ${due} due; ${spent(paged.live, 'server')} a CPU second of the server`);

  const flooded = await load('fan-out', { ...job, subscriptions: SUBSCRIPTIONS });
  const [of, limit] = [flooded.live, flooded.bare].map((rounds) => median(rounds.map((round) => round.frames_a_second)));
  line(`as fast as it can: ${SUBSCRIPTIONS} a socket`, flooded.live, `${spent(flooded.live, 'server')} a CPU second of the server`);
  line('  limit: bare broadcast loop', flooded.bare, `frames of ${flooded.frame} bytes; ${goal(of >= GOAL * limit, `${(of / limit).toFixed(2)} of it, goal ${GOAL}`)}`);
  if (of > 0.9 * sockets * SUBSCRIPTIONS * FRAMES) console.log('  (all that was due came: it can do more than was asked)');
} finally {
  await site.stop();
}
