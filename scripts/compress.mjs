// Writes FILE.br and FILE.gz beside each script, style and wasm under a folder,
// unless they are newer than their source.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// Which of these makes a file smallest cannot be told beforehand; it is four parts in a thousand.
const WAYS = [
  {},
  { [constants.BROTLI_PARAM_NDIRECT]: 8 },
  { [constants.BROTLI_PARAM_NDIRECT]: 15, [constants.BROTLI_PARAM_LGBLOCK]: 24 },
];

const folder = process.argv[2];
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

for (const name of readdirSync(folder, { recursive: true })) {
  if (!/\.(js|css|wasm)$/.test(name)) continue;
  const path = join(folder, name);
  if (modified(`${path}.br`) > modified(path)) continue;
  const bytes = readFileSync(path);
  const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const tries = WAYS.map((way) => brotliCompressSync(bytes, { params: { ...best, ...way } }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, tries.reduce((least, each) => (each.length < least.length ? each : least)));
}
