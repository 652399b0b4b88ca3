// Gives the functions between JavaScript and wasm names that compress: wasm-bindgen ends each in sixteen
// random digits, which travel uncompressed, and twice. Each becomes a number of the same length, so
// that nothing in the wasm moves.
//   node scripts/plain-names.mjs FOLDER
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIGITS = /(?<=[_h])[0-9a-f]{16}(?![0-9a-f])/g;

const folder = process.argv[2];
const used = new Set(readFileSync(join(folder, 'linli.js'), 'latin1').match(DIGITS));
// One number for each, so that two names stay two.
const plain = new Map([...used].sort().map((digits, n) => [digits, String(n).padStart(16, '0')]));
for (const name of readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))) {
  const file = join(folder, name);
  const renamed = readFileSync(file, 'latin1').replace(DIGITS, (digits) => plain.get(digits) ?? digits);
  writeFileSync(file, Buffer.from(renamed, 'latin1'));
}
