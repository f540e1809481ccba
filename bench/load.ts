import autocannon from 'autocannon';
import { bodyOf, PATHS, type Load, type LoadResult } from './measure.ts';

/** A fixed number of requests over a fixed number of connections, in a process of its own. */
const load = JSON.parse(process.argv[2] ?? '') as Load;
const result = await autocannon({
  url: load.target.url + PATHS[load.dialect ?? 'chat'],
  method: 'POST',
  headers: { authorization: `Bearer ${load.target.key}`, 'content-type': 'application/json' },
  body: bodyOf(load),
  connections: load.connections,
  amount: load.requests,
  timeout: 60,
});
const summary: LoadResult = {
  requests: result.requests.total,
  seconds: result.duration,
  failed: result.errors + result.timeouts + result.non2xx,
};
console.log(JSON.stringify(summary));
