// A Linli of its own for the journeys: started in a folder that goes away afterwards.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, createWriteStream, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = path.resolve(import.meta.dirname, '..');
export const output = path.join(root, 'end2end/output');
const binary = process.env.LINLI_BIN ?? path.join(root, 'target/quick/linli');

/** Starts `linli <command>` on free ports and waits for its ready line. */
export async function start(command = 'serve', dir = mkdtempSync(path.join(tmpdir(), 'linli-journey-')), env = {}) {
  mkdirSync(output, { recursive: true });
  const log = createWriteStream(path.join(output, 'linli.log'), { flags: 'a' });
  const child = spawn(binary, [command], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LINLI_DATA_DIR: dir,
      LINLI_HTTP_ADDR: '127.0.0.1:0',
      LINLI_MQTT_LISTEN: '127.0.0.1:0',
      LINLI_SITE_ROOT: process.env.LINLI_SITE_ROOT ?? path.join(root, 'target/site'),
      ...env,
    },
  });
  child.stderr.pipe(log);
  let logged = '';
  child.stderr.on('data', (data) => {
    logged += data;
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let seen = '';
    const late = setTimeout(() => reject(new Error(`linli was not ready in time:\n${seen}`)), 180_000);
    child.stdout.on('data', (data) => {
      log.write(data);
      seen += data;
      const ready = /Linli is ready at (\S+)/.exec(seen);
      const mqtt = /MQTT at \S*?:(\d+)/.exec(seen);
      if (ready && mqtt) {
        clearTimeout(late);
        resolve({ url: ready[1], mqtt: Number(mqtt[1]) });
      }
    });
    exited.then((code) => reject(new Error(`linli ended with ${code}:\n${seen}`)));
  });
  return {
    ...url,
    dir,
    /** Waits until the log says it. */
    async says(text, patience = 180_000) {
      const until = Date.now() + patience;
      while (!logged.includes(text)) {
        if (Date.now() > until) throw new Error(`the log never said "${text}"`);
        await sleep(200);
      }
    },
    /** Ends, and leaves its data where they are. */
    async end() {
      child.kill('SIGINT');
      await exited;
    },
    async stop() {
      await this.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
