// How many registers a second the polling client (bridge::modbus) reads, beside a bare tokio-modbus
// loop that sends the same requests and does nothing with the answers; both against one server that
// answers at once. On a real line the pause between requests and the wire itself are what counts.
//   bench-modbus.mjs [seconds a round, default 10]
import { load, median } from './bench-load.mjs';

const seconds = Number(process.argv[2] ?? 10);
const rounds = 5;

const told = await load('modbus', { seconds, rounds });
const [polled, bare] = [median(told.polled), median(told.bare)];
console.log(`four reads of 100 registers, ${rounds} rounds of ${seconds} s each, the median\n`);
console.log(`${'registers polled and decoded'.padEnd(42)}${polled.toFixed(0).padStart(8)}/s`);
console.log(`${'  limit: bare tokio-modbus, same requests'.padEnd(42)}${bare.toFixed(0).padStart(8)}/s   ${(polled / bare).toFixed(2)} of it`);
