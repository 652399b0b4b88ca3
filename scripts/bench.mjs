// Two figures, each with the limit that the machine sets in the same run:
//   the dashboard as the server renders it, beside the bare HTTP stack (/healthz);
//   an API read under row security, beside pgbench sending the very statements that it sends.
// The statements are not copied here: PostgreSQL logs them while one request runs.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { api, cookie, pgBin, post, run, start, wrk } from './bench-site.mjs';
import { transactions } from './bench-sql.mjs';

const seconds = Number(process.argv[2] ?? 10);
const connections = Number(process.argv[3] ?? 16);
const pressure = { seconds, connections };
const password = 'linli-demo-2026';

async function token(base) {
  return (await post(base, '/api/v1/auth/token', { tenant: 'demo', login: 'admin@demo', password })).access_token;
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
  const session = `Cookie: ${await cookie(base, 'admin@demo', password)}`;
  const bearer = `Authorization: Bearer ${await token(base)}`;
  const authorized = { headers: { authorization: bearer.slice(15) } };

  const bare = await wrk(`${base}/healthz`, [], pressure);
  const page = await wrk(`${base}/console/dashboard`, [session, 'Accept: text/html', 'Accept-Encoding: identity'], pressure);
  show('dashboard, server-rendered', page, 'bare HTTP, /healthz', bare);

  const devices = await api(base, '/api/v1/devices?limit=1', authorized);
  const path = `/api/v1/devices/${devices.items[0].id}/points`;
  await api(base, path, authorized);
  const sent = script(await transactions(db, () => api(base, path, authorized)));
  const read = await wrk(base + path, [bearer], pressure);
  const sql = await pgbench(site, sent);
  show('API read under row security', read, `pgbench, its ${sent.count} statements`, sql);
} finally {
  await site.stop();
}
