import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Reads all live events of a gateway, as an open console does, and comes back when the stream ends. When it is asked to
 * end it says how many there were.
 */
interface Place {
  readonly url: string;
  readonly adminKey: string;
}

const { url, adminKey } = JSON.parse(process.argv[2] ?? '') as Place;
const NEWLINE = 0x0a;
const BACK_AFTER_MS = 500;
let events = 0;
let lastEventId = '';

process.once('SIGTERM', () => {
  console.log(JSON.stringify({ events }));
  process.exit(0);
});

/** Counts ends of events, and keeps the last id that arrived whole. */
async function read(): Promise<void> {
  const response = await fetch(`${url}/admin/v1/events`, {
    headers: { authorization: `Bearer ${adminKey}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
  });
  if (!response.ok || !response.body) throw new Error(`${response.status}`);
  console.log(JSON.stringify({ watching: true }));
  let last = 0;
  let tail = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    for (const byte of chunk) {
      if (byte === NEWLINE && last === NEWLINE) events += 1;
      last = byte;
    }
    tail = (tail + Buffer.from(chunk).toString('latin1')).slice(-20_000);
    lastEventId = [...tail.matchAll(/id: (\d+-\d+)\n[^]*?\n\n/g)].at(-1)?.[1] ?? lastEventId;
  }
}

for (;;) {
  await read().catch(() => undefined); // it is not there yet, or not any more
  await sleep(BACK_AFTER_MS);
}
