import type { CallRecord } from './account.js';
import {
  plain,
  Refusal,
  stream,
  type Answer,
  type Frame,
  type Json,
  type JsonObject,
  type KeptResponse,
} from './answer.js';
import { asCancelled, asFailed, asInProgress } from './response-states.js';

const MAX_KEPT = 10_000;
const PATH = /^\/responses\/([^/]+)(\/cancel|\/input_items)?$/;

/** Responses that can be asked for again, as OpenAI keeps those made without `store: false`. */
export class KeptResponses {
  private readonly kept = new Map<string, Kept>();

  add(made: KeptResponse | undefined): void {
    if (!made || made.response.store === false) return;
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value!);
    const left = made.making?.polls ?? 0;
    this.kept.set(String(made.response.id), { ...made, left, isCancelled: false });
  }

  /** What is said to a request that goes on with one that is not here. */
  refusalFor({ previous_response_id: id }: JsonObject): Refusal | undefined {
    if (typeof id !== 'string' || this.kept.has(id)) return undefined;
    const about = { param: 'previous_response_id', code: 'previous_response_not_found' };
    return new Refusal(400, `Previous response with id '${id}' not found.`, about);
  }

  /** Answers what is asked of a kept response; nothing for other paths. Throws a `Refusal` when it isn't here. */
  answer({ method, url, path }: Pick<CallRecord, 'method' | 'url' | 'path'>): Answer | undefined {
    const [, id = '', below = ''] = PATH.exec(path) ?? [];
    const call = `${method} ${below}`;
    if (id === '' || !['GET ', 'DELETE ', 'POST /cancel', 'GET /input_items'].includes(call)) return undefined;
    const made = this.find(id);
    const query = new URL(url, 'http://simulator').searchParams;
    if (call === 'GET ') return query.get('stream') === 'true' ? streamed(made, query) : plain(asItStands(made), {});
    if (call === 'GET /input_items') return listed(made.input, query);
    if (call === 'POST /cancel') return cancelled(made);
    this.kept.delete(id);
    return plain({ id, object: 'response', deleted: true }, {});
  }

  private find(id: string): Kept {
    const made = this.kept.get(id);
    if (!made || (made.making?.ends === 'lost' && made.left-- <= 0)) {
      throw new Refusal(404, `Response with id '${id}' not found.`);
    }
    return made;
  }
}

/** One that was made, or still is: how often it will be shown before it has ended. */
interface Kept extends KeptResponse {
  left: number;
  isCancelled: boolean;
}

/** All events, or those after one; who has got them all has seen its end. */
function streamed(made: Kept, query: URLSearchParams): Answer {
  const after = Number(query.get('starting_after') ?? -1);
  return stream(eventsAfter(made, after), 0);
}

function* eventsAfter(made: Kept, after: number): Generator<Frame> {
  let number = 0;
  for (const frame of made.events()) if (number++ > after) yield frame;
  made.left = 0;
}

function asItStands(made: Kept): JsonObject {
  const { response, making } = made;
  if (made.isCancelled) return asCancelled(response);
  if (made.left > 0) {
    made.left -= 1;
    return asInProgress(response);
  }
  return making?.ends === 'failed' ? asFailed(response) : response;
}

/** One that has ended stays as it is. */
function cancelled(made: Kept): Answer {
  if (!made.making) throw new Refusal(400, 'Cannot cancel a synchronous response.');
  if (made.left > 0) made.isCancelled = true;
  return plain(asItStands(made), {});
}

function listed(input: readonly Json[], query: URLSearchParams): Answer {
  const data = (query.get('order') === 'asc' ? input : input.toReversed()).slice(0, Number(query.get('limit') ?? 20));
  return plain({ object: 'list', data, first_id: null, last_id: null, has_more: data.length < input.length }, {});
}
