// Optimizes every wasm file of a folder where it lies. One engine for each core takes one file after the
// other: there are hundreds, and to start the engine takes longer than most of them.
//   node scripts/optimize-wasm.mjs FOLDER
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

// Not -Oz: it makes the files a sixth smaller and what travels, the brotli of them, a tenth larger.
const PASSES = `dce duplicate-function-elimination remove-unused-module-elements optimize-instructions dae rse
  remove-unused-brs merge-blocks simplify-locals-nostructure vacuum coalesce-locals reorder-locals vacuum
  pick-load-signs precompute optimize-instructions code-pushing simplify-locals-nostructure vacuum
  coalesce-locals reorder-locals code-folding merge-blocks vacuum duplicate-function-elimination
  remove-unused-module-elements strip-target-features`.split(/\s+/);
const FEATURES = ['BulkMemory', 'Multivalue', 'MutableGlobals', 'NontrappingFPToInt', 'ReferenceTypes', 'SignExt', 'SIMD128',
  'BulkMemoryOpt', 'CallIndirectOverlong'];

async function optimizer() {
  const { default: binaryen } = await import('binaryen');
  binaryen.setOptimizeLevel(0);
  binaryen.setShrinkLevel(0);
  const features = FEATURES.reduce((all, name) => all | binaryen.Features[name], 0);
  return (file) => {
    const module = binaryen.readBinary(readFileSync(file));
    module.setFeatures(features);
    module.runPasses(PASSES);
    writeFileSync(file, module.emitBinary());
    module.dispose();
  };
}

if (isMainThread) {
  const folder = process.argv[2];
  const files = readdirSync(folder).filter((name) => name.endsWith('.wasm')).map((name) => join(folder, name));
  // The largest first, so that none is left for the end.
  files.sort((one, other) => statSync(other).size - statSync(one).size);
  const workers = Math.min(availableParallelism(), files.length);
  for (let n = 0; n < workers; n += 1) {
    const worker = new Worker(new URL(import.meta.url));
    worker.on('message', () => worker.postMessage(files.shift() ?? null));
    worker.on('error', (error) => {
      throw error;
    });
  }
} else {
  const optimize = await optimizer();
  parentPort.on('message', (file) => {
    if (file === null) return parentPort.close();
    optimize(file);
    parentPort.postMessage('next');
  });
  parentPort.postMessage('ready');
}
