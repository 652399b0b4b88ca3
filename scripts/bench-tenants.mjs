// One company's noise, and a thousand companies at once.
//
// Fairness: a company's sensors say 60 readings a second; how long until each is on the websocket,
// while it is quiet and while another company floods at ten times its pace, half of it no JSON. Rounds
// alternate.
//
// Many: so many companies with 20 devices each, all connected; each says something every 20 seconds.
// What that takes of memory, and how long until it is on the websocket, beside the same readings from
// few companies.
//   bench-tenants.mjs [seconds a round, default 10] [companies, default 1000]
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { companies, company, cpuOf, goal, load, median, refused } from './bench-load.mjs';
import { psql, start } from './bench-site.mjs';

const seconds = Number(process.argv[2] ?? 10);
const many = Number(process.argv[3] ?? 1000);
const ROUNDS = 5;
/** Readings of a message. */
const EACH = 3;
/** Readings a second that every plan but `group` lets a company send. */
const PACE = 2_000;
/** Of 20 devices, in messages. */
const QUIET_RATE = 20;
const DEVICES = 20;
const EVERY_S = 20;
/** What the server keeps open beside its devices (server/src/open_files.rs), and so the program that speaks. */
const BESIDE = 4_000;
/** Companies that sign up at the same time. */
const SIGNING_UP = 8;

const site = () => start('serve', { LINLI_TRUSTED_PROXIES: '127.0.0.1' });
const watch = ({ access_token, estate }) => ({ access_token, topic: `estate/${estate}/points` });
const ms = (figure) => `${figure.toFixed(0)} ms`;

async function fairness() {
  const one = await site();
  try {
    const [quiet, noisy] = await companies(one, 2, 100);
    await psql(one.db, ["UPDATE tenant SET plan = 'standard' WHERE slug = 'bench-1'"]);
    const processes = [{ name: 'server', pid: one.pid }, { name: 'postgres', pid: one.db.pid, children: true }];
    const to = { host: '127.0.0.1', port: one.mqtt, http: one.base.slice('http://'.length), processes };
    const asked = { ...to, devices: quiet.devices.slice(0, DEVICES), in_flight: 4, rate: QUIET_RATE, watchers: [watch(quiet)], seconds };
    const flood = { ...to, devices: noisy.devices, in_flight: 64, rate: (10 * PACE) / EACH, bad_every: 2, seconds: seconds + 4 };
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const calm = await load('devices', asked);
      const flooding = load('devices', flood);
      await sleep(2_000);
      const beside = await load('devices', asked);
      rounds.push({ calm, beside, flood: await flooding });
    }
    const of = (figure) => median(rounds.map(figure));
    const [calm, beside] = [of(({ calm: told }) => told.late_ms.p99), of(({ beside: told }) => told.late_ms.p99)];
    const limit = Math.max(2 * calm, calm + 100);
    const flooded = of(({ flood: told }) => told.readings / told.seconds);
    console.log(`a company's ${QUIET_RATE * EACH} readings/s, from publishing to a frame on the websocket, p99`);
    console.log(`  while it is quiet             ${ms(calm)}   p50 ${ms(of(({ calm: told }) => told.late_ms.p50))}`);
    console.log(`  while another company floods  ${ms(beside)}   p50 ${ms(of(({ beside: told }) => told.late_ms.p50))}; ${goal(beside <= limit, `at most ${ms(limit)}`)}`);
    console.log(`  the flood: ${flooded.toFixed(0)} readings/s, ${(flooded / PACE).toFixed(1)} times its pace, every other message no JSON; ${cpuOf(rounds.map(({ flood: told }) => told))}`);
    console.log(`  refused: ${await refused(one.db)}\n`);
  } finally {
    await one.stop();
  }
}

/** MB that a process has in memory. */
function memory(pid) {
  const [, kb] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/);
  return Number(kb) / 1024;
}

/** As many open files as a process may have here. */
function openFiles(pid) {
  return Number(readFileSync(`/proc/${pid}/limits`, 'utf8').match(/Max open files\s+\d+\s+(\d+)/)[1]);
}

async function crowd() {
  const one = await site();
  try {
    const room = Math.floor(Math.max(openFiles(one.pid) - BESIDE, 0) / many);
    const devices = Math.min(DEVICES, room);
    const founded = [];
    const next = [...Array(many).keys()];
    const signing = async () => {
      for (let nth = next.shift(); nth !== undefined; nth = next.shift()) founded.push(await company(one, nth, devices));
    };
    await Promise.all(Array.from({ length: SIGNING_UP }, signing));
    const before = memory(one.pid);
    const processes = [{ name: 'server', pid: one.pid }, { name: 'postgres', pid: one.db.pid, children: true }];
    const to = { host: '127.0.0.1', port: one.mqtt, http: one.base.slice('http://'.length), processes, in_flight: 4, seconds: 2 * seconds };
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, memory(one.pid))), 500);
    const logins = founded.flatMap((made) => made.devices);
    // A tenth of the companies has its dashboard open.
    const watchers = founded.filter((_, nth) => nth % 10 === 0).map(watch);
    const told = await load('devices', { ...to, devices: logins, rate: logins.length / EVERY_S, watchers });
    clearInterval(looking);
    const few = founded.slice(0, 4).flatMap((made) => made.devices);
    const beside = await load('devices', { ...to, devices: few, rate: logins.length / EVERY_S, watchers: founded.slice(0, 4).map(watch) });
    if (devices < DEVICES) console.log(`this machine lets a process open ${openFiles(one.pid)} files, so it is ${devices} devices a company and not ${DEVICES}`);
    console.log(`${many} companies with ${devices} devices each, ${logins.length} connections, ${watchers.length} dashboards, each device every ${EVERY_S} s`);
    console.log(`  memory of the server          ${most.toFixed(0)} MB, ${((1024 * (most - before)) / logins.length).toFixed(1)} KB a connection; ${before.toFixed(0)} MB before they came`);
    console.log(`  readings stored               ${(told.readings / told.seconds).toFixed(0)}/s   ${cpuOf([told])}`);
    console.log(`  to a frame on the websocket   p50 ${ms(told.late_ms.p50)}, p99 ${ms(told.late_ms.p99)}`);
    console.log(`    beside: as many from 4      p50 ${ms(beside.late_ms.p50)}, p99 ${ms(beside.late_ms.p99)}`);
  } finally {
    await one.stop();
  }
}

console.log(`${ROUNDS} rounds of ${seconds} s each, the median; ${cpus().length} cores, client, server and PostgreSQL on one machine\n`);
await fairness();
await crowd();
