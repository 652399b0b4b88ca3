// A server of its own for a measurement: started on free ports in a folder of its own, and gone
// with it; what its pages, its REST interface and its database say.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const pgBin = process.env.PG_BIN;

const folderOfItsOwn = () => {
  const folder = mkdtempSync('target/bench-');
  chmodSync(folder, 0o755); // or the database's user could not enter it
  return folder;
};

/** Starts `linli command` and waits for `ready`, given all that it said, to be true. */
export async function start(command, settings = {}, ready = () => true, folder = folderOfItsOwn()) {
  const data = resolvePath(folder, 'data');
  const server = spawn(process.env.LINLI_BIN, [command], {
    env: { ...process.env, LINLI_DATA_DIR: data, LINLI_HTTP_ADDR: '127.0.0.1:0', LINLI_MQTT_LISTEN: '127.0.0.1:0', LINLI_LOG: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** The cluster is elsewhere where its user cannot enter the folder. */
  const place = () => {
    const note = join(data, 'postgres.place');
    return existsSync(note) ? readFileSync(note, 'utf8').trim() : join(data, 'postgres');
  };
  const stop = async () => {
    server.removeAllListeners('exit');
    if (server.exitCode === null && server.signalCode === null) {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await Promise.race([gone, sleep(30_000)]);
    }
    rmSync(place(), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  };
  /** Without a word, as a machine that fails; its folder stays, to be started in again. */
  const kill = async () => {
    server.removeAllListeners('exit');
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await gone;
  };
  // Whoever interrupts a measurement leaves no server behind.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await stop();
      process.exit(1);
    });
  }
  let said = '';
  const begun = new Promise((resolve, reject) => {
    const hear = (chunk) => {
      said += chunk;
      const at = said.match(/Linli is ready at (\S+)/);
      if (at && ready(said)) resolve(at[1]);
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.on('exit', (code) => reject(new Error(`linli ${command} ended with ${code}:\n${said}`)));
  });
  const base = await begun.catch(async (error) => {
    await stop();
    throw error;
  });

  /** Where the embedded cluster is, and its logins. */
  const postmaster = readFileSync(join(place(), 'data/postmaster.pid'), 'utf8').split('\n');
  const db = {
    pid: Number(postmaster[0]),
    port: postmaster[3],
    passwords: Object.fromEntries(readFileSync(join(place(), 'passwords'), 'utf8').trim().split('\n').map((line) => line.split(' '))),
    log: join(data, 'log/postgres.log'),
  };
  const mqtt = Number(said.match(/MQTT at \S*:(\d+)/)?.[1]);
  return { base, folder, data, db, pid: server.pid, mqtt, stop, kill };
}

export async function api(base, path, options = {}) {
  const answer = await fetch(base + path, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** POSTs JSON. */
export const post = (base, path, body, headers = {}) =>
  api(base, path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/** Statements in one session, of the superuser unless it says otherwise. */
export const psql = (db, sql, login = 'postgres') =>
  run(join(pgBin, 'psql'), ['-qXAt', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', db.port, '-U', login, '-d', db.name ?? 'linli', ...sql.flatMap((s) => ['-c', s])], {
    env: { ...process.env, PGPASSWORD: db.passwords[login === 'postgres' ? 'superuser' : 'app'] },
  });

/** A port that nobody listens on. */
export const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** A session in a browser, for pages. */
export async function cookie(base, login, password, headers = {}) {
  const answer = await fetch(`${base}/fn/identity/log_in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: base, accept: 'text/html', referer: `${base}/login`, ...headers },
    body: new URLSearchParams({ login, password }),
  });
  const given = answer.headers.getSetCookie().map((line) => line.split(';')[0]).filter((pair) => !pair.endsWith('='));
  if (given.length === 0) throw new Error(`log-in: ${answer.status}, no cookie`);
  return given.join('; ');
}

/** Requests a second and the 99th percentile in ms. Fails on any answer that is not 2xx. */
export async function wrk(url, headers, { seconds, connections }) {
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency'];
  for (const header of headers) args.push('-H', header);
  const { stdout } = await run('wrk', [...args, url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  const [, value, unit] = stdout.match(/99%\s+([\d.]+)(us|ms|s)/);
  const rate = Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]);
  if (rate === 0) return { rate, p99: Infinity }; // nothing was answered in time
  return { rate, p99: Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit] };
}
