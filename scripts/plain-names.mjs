// Gives the functions between JavaScript and wasm names that compress: wasm-bindgen ends each in sixteen
// random digits, which travel uncompressed, and twice. Each becomes a number of the same length, so
// that nothing in the wasm moves.
//   node scripts/plain-names.mjs FOLDER
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIGITS = /([_h])([0-9a-f]{16})(?![0-9a-f])/g;

const folder = process.argv[2];
const glue = readFileSync(join(folder, 'linli.js'), 'latin1');
const random = [...glue.matchAll(DIGITS)].map(([, , digits]) => digits).filter((digits) => !digits.startsWith('0000'));
const plain = new Map([...new Set(random)].sort().map((digits, n) => [digits, String(n).padStart(16, '0')]));
// Some names end in a number of this kind as they are.
const taken = [...glue.matchAll(DIGITS)].map(([whole]) => whole);
for (const file of readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))) {
  const bytes = readFileSync(join(folder, file), 'latin1');
  const renamed = bytes.replace(DIGITS, (whole, before, digits) =>
    plain.has(digits) && !taken.includes(before + plain.get(digits)) ? before + plain.get(digits) : whole);
  writeFileSync(join(folder, file), Buffer.from(renamed, 'latin1'));
}
