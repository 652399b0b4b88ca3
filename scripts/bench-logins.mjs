// Two figures about log-ins, each beside its limit from the same run:
//   log-ins a second, beside bare argon2 with the server's own hash and as many threads as the
//   server lets hash at a time;
//   how long others wait (/healthz, an API read, a page) while 500 log in at once, beside the quiet:
//   the 99th percentile may double, or grow by 100 ms, whichever is more.
//
// An account takes ten tries and an address a hundred before they are slowed down, so each
// account gets few and each comes from an address of its own, through a trusted proxy: this one.
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { api, cookie, post, psql, run, start } from './bench-site.mjs';

const RUSH = 500;
const TRIES = 8; // of the ten
const password = 'linli bench 2026';

const p99 = (times) => Float64Array.from(times).sort()[Math.floor(times.length * 0.99)];

/** Asks for one address every so many ms, in a thread of its own so that the rush's client does not slow it. */
async function probe({ url, headers, every = 20 }) {
  let going = true;
  parentPort.on('message', () => (going = false));
  const times = [];
  const asked = [];
  let failed = 0;
  const ask = async () => {
    const from = performance.now();
    const answer = await fetch(url, { headers });
    await answer.arrayBuffer();
    times.push(performance.now() - from);
    if (!answer.ok) failed += 1;
  };
  while (going) {
    asked.push(ask());
    await sleep(every);
  }
  await Promise.all(asked);
  parentPort.postMessage({ p99: p99(times), failed, of: times.length });
  parentPort.close();
}

/** For each address, while `busy` goes on: the 99th percentile, and how many answers were no good. */
async function meanwhile(addresses, busy) {
  const probes = addresses.map((workerData) => new Worker(new URL(import.meta.url), { workerData }));
  const told = probes.map((one) => new Promise((resolve, reject) => one.once('message', resolve).once('error', reject)));
  await busy();
  for (const one of probes) one.postMessage('stop');
  return Promise.all(told);
}

async function main() {
  const seconds = Number(process.argv[2] ?? 10);
  const connections = Number(process.argv[3] ?? 16);
  const site = await start('serve', { LINLI_TRUSTED_PROXIES: '127.0.0.1' });
  const { base, db } = site;
  let address = 0;
  const from = () => ({ 'x-forwarded-for': `10.9.${(address += 1) >> 8}.${address & 255}` });
  try {
    // Enough accounts for the measurement at twice what the machine can, and for the rush.
    const first = await found(0);
    const { stdout: hash } = await psql(db, ['SELECT password_hash FROM credential LIMIT 1']);
    const { stdout } = await run('linli-bare-argon2', [hash.trim(), password, String(seconds)]);
    const bare = Number(stdout);
    const accounts = [first];
    const wanted = Math.ceil((2 * bare * seconds + RUSH) / TRIES);
    while (accounts.length < wanted) accounts.push(await found(accounts.length));
    const queue = Array.from({ length: TRIES }, () => accounts).flat();
    const logIn = async () => {
      const { tenant, login } = queue.pop();
      const answer = await fetch(`${base}/api/v1/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...from() },
        body: JSON.stringify({ tenant, login, password }),
      });
      await answer.arrayBuffer();
      return answer.status;
    };

    const until = performance.now() + seconds * 1000;
    const began = performance.now();
    let done = 0;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (performance.now() < until) {
          const status = await logIn();
          if (status !== 200) throw new Error(`a log-in was answered with ${status}`);
          done += 1;
        }
      }),
    );
    const rate = done / ((performance.now() - began) / 1000);
    const threads = Math.ceil(availableParallelism() / 2);
    console.log(`log-ins, ${connections} at a time`.padEnd(42) + `${rate.toFixed(1).padStart(8)}/s`);
    console.log(`  limit: bare argon2, ${threads} at a time`.padEnd(42) + `${bare.toFixed(1).padStart(8)}/s   ${((100 * rate) / bare).toFixed(0)} % of it\n`);

    const bearer = { authorization: `Bearer ${first.access_token}` };
    const read = await device(bearer);
    const addresses = [
      { url: `${base}/healthz`, headers: {} },
      { url: base + read, headers: bearer },
      // A page costs more than a read: asked for as often, it would be a rush of its own.
      { url: `${base}/console/estates`, headers: { cookie: await cookie(base, first.login, password, from()), accept: 'text/html' }, every: 100 },
    ];
    const quiet = await meanwhile(addresses, () => sleep(seconds * 1000));
    if (quiet.some(({ failed }) => failed > 0)) throw new Error('not even in the quiet is everything answered');
    const statuses = {};
    const rush = await meanwhile(addresses, async () => {
      for (const status of await Promise.all(Array.from({ length: RUSH }, logIn))) statuses[status] = (statuses[status] ?? 0) + 1;
    });
    if (Object.keys(statuses).some((status) => status !== '200')) process.exitCode = 1;
    console.log(`a rush of ${RUSH} log-ins: ${Object.entries(statuses).map(([status, count]) => `${count} answered ${status}`).join(', ')}`);
    for (const [at, name] of ['/healthz', 'an API read', 'a page'].entries()) {
      const still = quiet[at].p99;
      const limit = Math.max(2 * still, still + 100);
      const { p99, failed, of } = rush[at];
      const wrong = [p99 > limit && 'OVER', failed > 0 && `${failed} of ${of} FAILED`].filter(Boolean);
      console.log(`  ${name} meanwhile`.padEnd(42) + `p99 ${p99.toFixed(1).padStart(7)} ms   ${[`quiet ${still.toFixed(1)} ms, limit ${limit.toFixed(1)} ms`, ...wrong].join(': ')}`);
      if (wrong.length > 0) process.exitCode = 1;
    }
  } finally {
    await site.stop();
  }

  /** A company with one log-in. */
  async function found(nth) {
    const login = `admin@bench-${nth}`;
    const body = { company: `公司 ${nth}`, slug: `bench-${nth}`, admin_name: '周敏', login, password };
    return { ...(await post(base, '/api/v1/signup', body, from())), login };
  }

  /** The path of a read under row security. */
  async function device(bearer) {
    const estate = await post(base, '/api/v1/estates', { name: '小区' }, bearer);
    const made = await post(base, '/api/v1/devices', { name: '电表', kind: 'electricity_meter', estate: estate.id, transport: { mqtt: {} } }, bearer);
    const path = `/api/v1/devices/${made.id}/points`;
    await api(base, path, { headers: bearer });
    return path;
  }
}

await (isMainThread ? main() : probe(workerData));
