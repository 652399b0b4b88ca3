// Writes FILE.br and FILE.gz beside each script, style and wasm under a folder,
// unless they are newer than their source.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const folder = process.argv[2];
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const due = readdirSync(folder, { recursive: true })
  .filter((name) => /\.(js|css|wasm)$/.test(name))
  .map((name) => join(folder, name))
  .filter((path) => modified(`${path}.br`) <= modified(path));
// At once: each has a thread of its own.
await Promise.all(
  due.map(async (path) => {
    const bytes = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  }),
);
