// Fetches the code of an area when a page of it is first shown (app/src/lazy.rs).
//
// An area's file is a wasm module of nothing but custom sections, one for each part of its code:
// one request and one compression for many parts. A part that several areas use is started once.
import { initSync } from './linli.js';

// For each area, the parts it needs under the file that holds them: `13-15 20 account` are chunk_13 to
// chunk_15, chunk_20 and split_account. Written by scripts/bundle-areas.mjs.
const areas = {};

const named = (run) => {
  const [first, last = first] = run.split('-').map(Number);
  return Number.isNaN(first) ? [`split_${run}`] : Array.from({ length: last - first + 1 }, (_, n) => `chunk_${first + n}`);
};

const started = new Map();

// What failed is tried again: one lost packet must not cost the page for good.
function once(key, start) {
  if (!started.has(key)) {
    const promise = start();
    promise.catch(() => started.delete(key));
    started.set(key, promise);
  }
  return started.get(key);
}

const main = () => initSync();

const open = (file) =>
  once(file, () => WebAssembly.compileStreaming(fetch(new URL(`./${file}.wasm`, import.meta.url))));

const start = (file, part) =>
  once(part, async () => {
    const [code] = WebAssembly.Module.customSections(await open(file), part);
    await WebAssembly.instantiate(code, { __wasm_split: main() });
  });

// The wasm passes a function of its own, by its place in the table, to be told how it went.
async function load(area, told, about) {
  let done = false;
  try {
    const parts = Object.entries(areas[area]).flatMap(([file, parts]) => parts.split(' ').flatMap(named).map((part) => [file, part]));
    await Promise.all(parts.map(([file, part]) => start(file, part)));
    done = true;
  } catch (error) {
    console.error(error);
  }
  main().__indirect_function_table.get(told)(about, done);
}
