// A server of its own for a measurement: started on free ports in a folder of its own, and gone
// with it; what its REST interface and its database say.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const pgBin = process.env.PG_BIN;

/** Starts `linli command` and waits for `ready`, given all that it said, to be true. */
export async function start(command, settings = {}, ready = () => true) {
  const folder = mkdtempSync('target/bench-');
  chmodSync(folder, 0o755); // or the database's user could not enter it
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
  return { base, folder, data, db, pid: server.pid, mqtt, stop };
}

export async function api(base, path, options = {}) {
  const answer = await fetch(base + path, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** POSTs JSON. */
export const post = (base, path, body, headers = {}) =>
  api(base, path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

export const psql = (db, sql) =>
  run(join(pgBin, 'psql'), ['-qXAt', '-h', '127.0.0.1', '-p', db.port, '-U', 'postgres', '-d', 'linli', ...sql.flatMap((s) => ['-c', s])], {
    env: { ...process.env, PGPASSWORD: db.passwords.superuser },
  });
