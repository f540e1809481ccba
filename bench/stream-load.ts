import { Agent, request } from 'node:http';
import { bodyOf, type Load, type StreamResult } from './measure.ts';
import { percentile } from './statistics.ts';

/**
 * Reads answers as a client does and times them: until the first byte, and between the arrivals that follow. Sends the
 * same number of requests over each connection, one after the other.
 */
const load = JSON.parse(process.argv[2] ?? '') as Load;
const body = bodyOf(load);
const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
const url = new URL(`${load.target.url}/chat/completions`);
const firstBytes: number[] = [];
const gaps: number[] = [];
const totals: number[] = [];
let failed = 0;
let bytes = 0;

function once(): Promise<void> {
  const started = performance.now();
  let last = 0;
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${load.target.key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) failed++;
      response.on('data', (chunk: Buffer) => {
        const now = performance.now();
        if (last === 0) firstBytes.push(now - started);
        else gaps.push(now - last);
        last = now;
        bytes += chunk.length;
      });
      response.on('error', () => failed++);
      response.on('close', () => {
        totals.push(performance.now() - started);
        resolve();
      });
    });
    call.on('error', () => {
      failed++;
      resolve();
    });
    call.end(body);
  });
}

async function connection(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await once();
}

const began = performance.now();
const each = Math.ceil(load.requests / load.connections);
await Promise.all(Array.from({ length: load.connections }, () => connection(each)));
const summary: StreamResult = {
  requests: totals.length,
  seconds: (performance.now() - began) / 1000,
  failed,
  bytes,
  firstByteMs: { p50: percentile(firstBytes, 50), p99: percentile(firstBytes, 99) },
  gapMs: { p50: percentile(gaps, 50), p99: percentile(gaps, 99) },
  totalMs: { p50: percentile(totals, 50), p99: percentile(totals, 99) },
};
console.log(JSON.stringify(summary));
agent.destroy();
