// Which statements the server sends for a request, as PostgreSQL logs them: none is copied into a
// measurement.
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { psql } from './bench-site.mjs';

/**
 * The transactions that one request runs, each a list of [sql, parameters]: those that PostgreSQL
 * logs exactly as often as the request is made, since the demo's devices go on writing meanwhile.
 */
export async function transactions(db, request, times = 20) {
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

/**
 * How PostgreSQL carries out those statements of a request that are wanted: as linli_app, within the
 * walls of the request's own transaction, with its values in their places.
 */
export async function explained(db, request, wanted) {
  const plans = [];
  for (const [[begin], ...statements] of await transactions(db, request)) {
    for (const [sql, parameters] of statements.filter(([sql]) => wanted.test(sql))) {
      const filled = sql.replace(/\$(\d+)/g, (_, n) => parameters[n - 1]);
      const { stdout } = await psql(db, [begin, `EXPLAIN (ANALYZE, COSTS OFF) ${filled}`, 'ROLLBACK'], 'linli_app');
      plans.push(stdout.trim());
    }
  }
  return plans;
}
