// Two figures, each with the limit that the machine sets in the same run:
//   the dashboard as the server renders it, beside the bare HTTP stack (/healthz);
//   an API read under row security, beside pgbench sending the very statements that it sends.
// The statements are not copied here: PostgreSQL logs them while one request runs.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { api, pgBin, post, psql, run, start } from './bench-site.mjs';

const seconds = Number(process.argv[2] ?? 10);
const connections = Number(process.argv[3] ?? 16);
const password = 'linli-demo-2026';

async function token(base) {
  return (await post(base, '/api/v1/auth/token', { tenant: 'demo', login: 'admin@demo', password })).access_token;
}

async function cookie(base) {
  const answer = await fetch(`${base}/fn/identity/log_in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: base, accept: 'text/html', referer: `${base}/login` },
    body: new URLSearchParams({ login: 'admin@demo', password }),
  });
  const given = answer.headers.getSetCookie().map((line) => line.split(';')[0]).filter((pair) => !pair.endsWith('='));
  if (given.length === 0) throw new Error(`log-in: ${answer.status}, no cookie`);
  return given.join('; ');
}

/** Requests a second and the 99th percentile in ms. Fails on any answer that is not 2xx. */
async function wrk(url, headers) {
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency'];
  for (const header of headers) args.push('-H', header);
  const { stdout } = await run('wrk', [...args, url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  const [, value, unit] = stdout.match(/99%\s+([\d.]+)(us|ms|s)/);
  return { rate: Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]), p99: Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit] };
}

/**
 * The transactions that one request runs, each a list of [sql, parameters]: those that PostgreSQL
 * logs exactly as often as the request is made, since the demo's devices go on writing meanwhile.
 */
async function transactions(db, request, times = 20) {
  const settings = { log_statement: 'all', log_min_duration_statement: '-1' };
  await psql(db, [...Object.entries(settings).map(([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`), 'SELECT pg_reload_conf()']);
  await sleep(1500);
  const from = statSync(db.log).size;
  for (let n = 0; n < times; n += 1) await request();
  await sleep(500);
  const text = readFileSync(db.log).subarray(from).toString('utf8');
  await psql(db, [...Object.keys(settings).map((name) => `ALTER SYSTEM RESET ${name}`), 'SELECT pg_reload_conf()']);

  const open = new Map();
  const last = new Map(); // a statement's parameters follow it in a line of their own
  const seen = new Map();
  // Each entry begins with its time and process: server/src/postgres/server.rs sets the prefix.
  for (const entry of text.split(/^(?=\d{4}-\d\d-\d\d )/m)) {
    const logged = entry.match(/^\S+ \S+ \S+ \[(\d+)\] (\w+):\s+([\s\S]*?)\s*$/);
    if (!logged) continue;
    const [, pid, kind, body] = logged;
    const current = open.get(pid) ?? [];
    const sql = body.match(/^(?:statement|execute [^:]*): ([\s\S]*)$/);
    if (kind === 'DETAIL' && last.has(pid)) {
      last.get(pid)[1] = [...body.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map((found) => found[1]);
    }
    if (kind !== 'LOG' || !sql) continue;
    const pair = [sql[1], []];
    last.set(pid, pair);
    current.push(pair);
    open.set(pid, current);
    if (!/^BEGIN/.test(current[0][0]) || /^(COMMIT|ROLLBACK)/.test(sql[1])) {
      const key = current.map(([one]) => one).join('\n');
      const found = seen.get(key) ?? { count: 0 };
      seen.set(key, { count: found.count + 1, statements: current });
      open.set(pid, []);
    }
  }
  const wanted = [...seen.values()].filter(({ count }) => count === times).map((found) => found.statements);
  if (wanted.length === 0) throw new Error(`no transaction was logged ${times} times:\n${text.slice(0, 4000)}`);
  return wanted;
}

/** Those transactions as a pgbench script. */
function script(wanted) {
  const lines = [];
  const variables = [];
  for (const [sql, parameters] of wanted.flat()) {
    const parts = sql.split(';').map((part) => part.replace(/\s+/g, ' ').trim()).filter(Boolean);
    if (parts.length > 1) {
      // The server sends these in one round trip, and so does pgbench.
      lines.push('\\startpipeline', ...parts.map((part) => `${part};`), '\\endpipeline');
      continue;
    }
    const filled = parts[0].replace(/\$(\d+)/g, (_, n) => {
      const value = parameters[n - 1];
      if (value === 'NULL') return 'NULL';
      variables.push(`p${variables.length}=${value.slice(1, -1).replaceAll("''", "'")}`);
      return `:p${variables.length - 1}`;
    });
    lines.push(`${filled};`);
  }
  return { text: `${lines.join('\n')}\n`, variables: variables.flatMap((pair) => ['-D', pair]), count: wanted.flat().length };
}

/** Transactions a second and the 99th percentile in ms. */
async function pgbench({ db, folder }, { text, variables }) {
  const file = join(folder, 'read.sql');
  writeFileSync(file, text);
  const threads = String(Math.min(2, cpus().length));
  const { stdout } = await run(
    join(pgBin, 'pgbench'),
    ['-n', '-M', 'prepared', '-f', file, '-c', String(connections), '-j', threads, '-T', String(seconds), '-l', `--log-prefix=${join(folder, 'tx')}`,
      ...variables, '-h', '127.0.0.1', '-p', db.port, '-U', 'linli_app', 'linli'],
    { env: { ...process.env, PGPASSWORD: db.passwords.app }, maxBuffer: 1 << 26 },
  );
  const { stdout: logs } = await run('sh', ['-c', `cat ${join(folder, 'tx')}*`], { maxBuffer: 1 << 30 });
  const times = Float64Array.from(logs.trim().split('\n'), (line) => Number(line.split(' ')[2]) / 1000).sort();
  return { rate: Number(stdout.match(/tps = ([\d.]+)/)[1]), p99: times[Math.floor(times.length * 0.99)] };
}

function show(name, of, limitName, limit) {
  const figure = ({ rate, p99 }) => `${rate.toFixed(0).padStart(8)}/s   p99 ${p99.toFixed(1).padStart(7)} ms`;
  console.log(`${name.padEnd(34)}${figure(of)}`);
  console.log(`${`  limit: ${limitName}`.padEnd(34)}${figure(limit)}   ${((100 * of.rate) / limit.rate).toFixed(0)} % of it\n`);
}

// What devices tell of their past would be measured along.
const site = await start('demo', { LINLI_LOG: 'warn,server::demo=info' }, (said) => said.includes('have told their past'));
const { base, db } = site;
try {
  console.log(`${connections} connections, ${seconds} s each, ${cpus().length} cores, client and server on one machine\n`);
  const session = `Cookie: ${await cookie(base)}`;
  const bearer = `Authorization: Bearer ${await token(base)}`;
  const authorized = { headers: { authorization: bearer.slice(15) } };

  const bare = await wrk(`${base}/healthz`, []);
  const page = await wrk(`${base}/console/dashboard`, [session, 'Accept: text/html', 'Accept-Encoding: identity']);
  show('dashboard, server-rendered', page, 'bare HTTP, /healthz', bare);

  const devices = await api(base, '/api/v1/devices?limit=1', authorized);
  const path = `/api/v1/devices/${devices.items[0].id}/points`;
  await api(base, path, authorized);
  const sent = script(await transactions(db, () => api(base, path, authorized)));
  const read = await wrk(base + path, [bearer]);
  const sql = await pgbench(site, sent);
  show('API read under row security', read, `pgbench, its ${sent.count} statements`, sql);
} finally {
  await site.stop();
}
