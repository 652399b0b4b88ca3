// A Node-RED of its own for a measurement: .tools/peers, as scripts/setup installed it, with a flow
// that anybody would draw: from MQTT into a table of PostgreSQL, and then to whoever listens.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers } from './bench-load.mjs';
import { freePort, psql, run } from './bench-site.mjs';

const peers = resolve('.tools/peers/node_modules');

/** The function node between the two: a row for each value, and then what the websocket is told. */
const STORE = `
const device = msg.topic.split('/')[2];
const { ts, values } = msg.payload;
const names = Object.keys(values);
global.get('db').query({
  name: 'store',
  text: 'INSERT INTO reading (device, name, ts, num) SELECT $1, n, to_timestamp($2 / 1000.0), v FROM UNNEST($3::text[], $4::float8[]) AS x (n, v) ON CONFLICT DO NOTHING',
  values: [device, ts, names, Object.values(values)],
}).then(() => {
  msg.payload = JSON.stringify({ delta: names.map((name) => ({ device, name, value: values[name] })) });
  node.send(msg);
  node.done();
}, (error) => node.error(error, msg));
return null;`;

const flow = (broker) => [
  // A session that stays: what comes while Node-RED is away waits at the broker.
  { id: 'broker', type: 'mqtt-broker', broker: '127.0.0.1', port: String(broker), clientid: 'node-red', autoConnect: true, usetls: false, protocolVersion: '4', keepalive: '60', cleansession: false },
  { id: 'listener', type: 'websocket-listener', path: '/live', wholemsg: 'false' },
  { id: 'tab', type: 'tab', label: 'readings' },
  { id: 'in', type: 'mqtt in', z: 'tab', topic: 'linli/#', qos: '1', datatype: 'json', broker: 'broker', nl: false, rap: true, rh: 0, inputs: 0, wires: [['store']] },
  { id: 'store', type: 'function', z: 'tab', func: STORE, outputs: 1, timeout: 0, noerr: 0, initialize: '', finalize: '', libs: [], wires: [['out']] },
  { id: 'out', type: 'websocket out', z: 'tab', server: 'listener', client: '', wires: [] },
];

/** The version that is installed. */
export const version = async () => JSON.parse((await run('cat', [join(peers, 'node-red/package.json')])).stdout).version;

/** A database of its own beside Linli's, in the same PostgreSQL. */
export async function tables(db) {
  await psql(db, ['CREATE DATABASE peer', '\\connect peer', 'CREATE TABLE reading (device text, name text, ts timestamptz, num float8, PRIMARY KEY (device, name, ts))']);
  return { ...db, name: 'peer' };
}

/** Node-RED between that broker and that database; it can be killed, and started again as it was. */
export async function nodeRed(folder, broker, db) {
  const home = resolve(folder, 'node-red');
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const login = { host: '127.0.0.1', port: Number(db.port), user: 'postgres', password: db.passwords.superuser, database: db.name };
  writeFileSync(join(home, 'flows.json'), JSON.stringify(flow(broker.port)));
  writeFileSync(join(home, 'settings.js'), `const { Pool } = require(${JSON.stringify(join(peers, 'pg'))});
module.exports = {
  flowFile: 'flows.json', uiHost: '127.0.0.1', uiPort: ${port}, httpAdminRoot: false, telemetry: { enabled: false },
  functionGlobalContext: { db: new Pool(${JSON.stringify(login)}) },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
};
`);
  let child;
  let said = '';
  const begin = async () => {
    child = spawn('node', [join(peers, 'node-red/red.js'), '--userDir', home, '--settings', join(home, 'settings.js')], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`Node-RED ended with ${child.exitCode}: ${said}`);
      await sleep(100);
    }
  };
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await Promise.race([gone, sleep(10_000)]);
  };
  process.once('exit', () => child?.kill('SIGKILL'));
  await begin();
  return { http: `127.0.0.1:${port}`, pid: () => child.pid, said: () => said, begin, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
