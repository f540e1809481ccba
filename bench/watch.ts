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
const BACK_AFTER_MS = 500;
let events = 0;
let lastEventId = '';

process.once('SIGTERM', () => {
  console.log(JSON.stringify({ events }));
  process.exit(0);
});

/** Counts events that arrived whole, and keeps the last one's id; what has none tells of the stream itself. */
async function read(): Promise<void> {
  const response = await fetch(`${url}/admin/v1/events`, {
    headers: { authorization: `Bearer ${adminKey}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
  });
  if (!response.ok || !response.body) throw new Error(`${response.status}`);
  console.log(JSON.stringify({ watching: true }));
  let rest = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    const frames = (rest + Buffer.from(chunk).toString('latin1')).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const [, id] = /^id: (\d+-\d+)$/m.exec(frame) ?? [];
      if (!id) continue;
      events += 1;
      lastEventId = id;
    }
  }
}

for (;;) {
  await read().catch(() => undefined); // it is not there yet, or not any more
  await sleep(BACK_AFTER_MS);
}
