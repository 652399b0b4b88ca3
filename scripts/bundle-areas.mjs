// Puts the parts that linli-wasm-split made into one file for each area, and writes what loads them.
//   node scripts/bundle-areas.mjs FOLDER
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// The area of the frame that an area's pages are in: what is in its file is left out of theirs.
const FRAMED = {
  account: 'console',
  audit: 'console',
  boards: 'console',
  devices: 'console',
  estates: 'console',
  family: 'home',
  mine: 'home',
  models: 'console',
  people: 'console',
};

const folder = process.argv[2];
const wanted = JSON.parse(readFileSync(join(folder, 'parts.json'), 'utf8'));

const areas = {};
for (const [area, parts] of Object.entries(wanted)) {
  const frame = FRAMED[area];
  const borrowed = frame ? parts.filter((part) => wanted[frame].includes(part)) : [];
  const own = parts.filter((part) => !borrowed.includes(part));
  areas[area] = { ...(borrowed.length > 0 && { [frame]: runs(borrowed) }), [area]: runs(own) };
  writeFileSync(join(folder, `${area}.wasm`), Buffer.concat([header(), ...own.map(section)]));
}
for (const part of new Set(Object.values(wanted).flat())) rmSync(join(folder, `${part}.wasm`));
rmSync(join(folder, 'parts.json'));

// What wasm-bindgen writes for people to read.
const glue = join(folder, 'linli.js');
const read = readFileSync(glue, 'utf8');
const bare = read.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '').replace(/^\s+/gm, '');
writeFileSync(glue, bare);

const empty = 'const areas = {};';
const template = readFileSync('frontend/areas.js', 'utf8');
if (!template.includes(empty)) throw new Error(`frontend/areas.js has no line "${empty}"`);
const loaders = Object.keys(areas).map(
  (area) => `export const __wasm_split_load_${area} = (told, about) => load('${area}', told, about);\n`,
);
// Both names are leptos's own: the server reads the list, and preloads the script.
writeFileSync(
  join(folder, '__wasm_split.______________________.js'),
  template.replace(empty, `const areas = ${JSON.stringify(areas)};`) + loaders.join(''),
);
const files = Object.fromEntries(Object.keys(areas).map((area) => [area, [area]]));
writeFileSync(join(folder, '__wasm_split_manifest.json'), JSON.stringify(files));

/** Parts in few letters, as frontend/areas.js reads them: `13-15 20 account`. */
function runs(parts) {
  const names = parts.filter((part) => part.startsWith('split_')).map((part) => part.slice('split_'.length));
  const numbers = parts.filter((part) => /^chunk_\d+$/.test(part)).map((part) => Number(part.slice('chunk_'.length)));
  if (names.length + numbers.length < parts.length) throw new Error(`a part has another name: ${parts}`);
  const found = [];
  for (const number of numbers.sort((one, other) => one - other)) {
    const run = found.at(-1);
    if (run && run[1] === number - 1) run[1] = number;
    else found.push([number, number]);
  }
  return [...found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)), ...names].join(' ');
}

/** The start of a wasm module: magic number and version. */
function header() {
  return Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
}

/** A custom section (WebAssembly core specification, 5.5.3) that holds a part under its name. */
function section(part) {
  const name = Buffer.from(part);
  const content = Buffer.concat([leb128(name.length), name, readFileSync(join(folder, `${part}.wasm`))]);
  return Buffer.concat([Buffer.from([0]), leb128(content.length), content]);
}

/** An unsigned number as WebAssembly writes it: seven bits a byte, the lowest first. */
function leb128(number) {
  const bytes = [];
  do {
    const rest = Math.floor(number / 128);
    bytes.push((number % 128) | (rest > 0 ? 128 : 0));
    number = rest;
  } while (number > 0);
  return Buffer.from(bytes);
}
