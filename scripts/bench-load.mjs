// What the measurements of devices and live sockets share: companies with devices, the program that
// speaks for them (scripts/load), a bare broker, and how figures are told.
import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, post, psql, run } from './bench-site.mjs';

export const password = 'linli bench 2026';
const NAMES = ['flow', 'level', 'pressure'];
/** A measurement that takes longer than this hangs. */
const LONGEST_MS = 30 * 60_000;

let address = 0;
/** Each comes from an address of its own, through a trusted proxy: this one. */
export const from = () => ({ 'x-forwarded-for': `10.9.${(address += 1) >> 8}.${address & 255}` });

/** A company as it signs up, with an estate and so many sensors of three numbers. */
export async function company({ base }, nth, devices) {
  const slug = `bench-${nth}`;
  const body = { company: `公司 ${nth}`, slug, admin_name: '周敏', login: `admin@${slug}`, password };
  const { access_token } = await post(base, '/api/v1/signup', body, from());
  const bearer = { authorization: `Bearer ${access_token}` };
  const estate = (await post(base, '/api/v1/estates', { name: '小区' }, bearer)).id;
  const points = NAMES.map((name) => ({ name, unit: '', type: 'number' }));
  const made = [];
  for (let n = 0; n < devices; n += 1) {
    const device = await post(base, '/api/v1/devices', { name: `传感器 ${n}`, kind: 'sensor', estate, transport: { mqtt: {} }, points }, bearer);
    made.push({ device: device.id, ...device.credentials });
  }
  return { slug, estate, access_token, devices: made };
}

/**
 * Such companies on the plan `group`. A sensor's pace is raised: a measurement has fewer devices than
 * a company that sends as much.
 */
export async function companies(site, wanted, devices) {
  const { db, data } = site;
  await psql(db, ["UPDATE plan SET device_readings_a_second = 1000 WHERE code = 'group'"]);
  const founded = [];
  for (let nth = 0; nth < wanted; nth += 1) {
    const made = await company(site, nth, devices);
    await run(process.env.LINLI_BIN, ['company', 'plan', made.slug, 'group'], { env: { ...process.env, LINLI_DATA_DIR: data } });
    founded.push(made);
  }
  return founded;
}

/** Access tokens of so many people who see all of a company, its founder first. */
export async function colleagues({ base }, { access_token, slug }, wanted) {
  const bearer = { authorization: `Bearer ${access_token}` };
  const tokens = [access_token];
  while (tokens.length < wanted) {
    const nth = tokens.length;
    const { token } = await post(base, '/api/v1/staff/invitations', { name: `同事 ${nth}`, role: 'estate_manager', everywhere: true }, bearer);
    tokens.push((await post(base, '/api/v1/staff/join', { token, login: `staff-${nth}@${slug}`, password }, from())).access_token);
  }
  return tokens;
}

/** Has `linli-load part` do a job, and answers with what it tells. */
export async function load(part, job) {
  const child = execFile(process.env.LINLI_LOAD, [part], { maxBuffer: 1 << 26, timeout: LONGEST_MS });
  let [told, said] = ['', ''];
  child.stdout.on('data', (chunk) => (told += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const end = () => child.kill();
  process.once('exit', end);
  child.stdin.on('error', () => {}); // it ended before it had read all: its status says why
  child.stdin.end(JSON.stringify(job));
  const status = await new Promise((resolve) => child.once('close', resolve));
  process.off('exit', end);
  if (status !== 0) throw new Error(said.trim() || `linli-load ${part} ended with ${status}`);
  return JSON.parse(told);
}

export const count = async (db, sql) => Number((await psql(db, [sql])).stdout);

/** What was refused, by reason. */
export async function refused(db) {
  const { stdout } = await psql(db, ["SELECT string_agg(reason || ' ' || n, ', ') FROM (SELECT reason, sum(count) n FROM refusal GROUP BY 1) r"]);
  return stdout.trim() || 'nothing';
}

/** Each company's id with those of its points. */
export async function points(db) {
  const { stdout } = await psql(db, ["SELECT json_agg(json_build_object('tenant', tenant_id, 'points', ids)) FROM (SELECT tenant_id, array_agg(id) ids FROM point GROUP BY 1) p"]);
  return JSON.parse(stdout);
}

export const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** A bare broker in `folder`, as scripts/setup unpacked it; null where it did not. */
export async function mosquitto(folder) {
  const program = '.tools/mosquitto/usr/sbin/mosquitto';
  if (!existsSync(program)) return null;
  const port = await freePort();
  const settings = resolvePath(join(folder, 'mosquitto.conf'));
  // Unbounded, as Linli bounds nothing per connection either.
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'max_inflight_messages 0', 'max_queued_messages 0', 'log_type error'];
  writeFileSync(settings, `${lines.join('\n')}\n`);
  const broker = spawn(program, ['-c', settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  broker.stderr.on('data', (chunk) => (said += chunk));
  const end = () => broker.kill();
  process.once('exit', end);
  while (!(await answers(port))) {
    if (broker.exitCode !== null) throw new Error(`mosquitto ended with ${broker.exitCode}: ${said}`);
    await sleep(50);
  }
  const stop = async () => {
    process.off('exit', end);
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    const gone = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill();
    await Promise.race([gone, sleep(5_000)]);
  };
  return { port, pid: broker.pid, stop };
}

export function median(figures) {
  const sorted = Float64Array.from(figures).sort();
  return sorted[sorted.length >> 1];
}

/** A figure's goal. Below it the figure is told all the same, and the status is 1. */
export function goal(met, words) {
  if (!met) process.exitCode = 1;
  return met ? words : `${words}: BELOW`;
}

/** Who used how many CPU seconds a second. */
export function cpuOf(rounds) {
  const share = (name) => median(rounds.map(({ cpu, seconds }) => cpu[name] / seconds)).toFixed(2);
  return `CPU: server ${share('server')}, PostgreSQL ${share('postgres')}, generator ${share('own')}`;
}
