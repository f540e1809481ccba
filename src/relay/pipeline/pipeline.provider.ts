import type { FactoryProvider } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { KeyedAnswers } from '../../idempotency/keyed-answers.js';
import { Journal } from '../../journal/journal.js';
import { Grants } from '../../limits/book/grants.js';
import { LeaseBook } from '../../limits/book/lease-book.js';
import { CurrentCredentials } from '../../snapshot/current-credentials.js';
import { CurrentViews } from '../../snapshot/current-views.js';
import { AnswerCache } from '../cache/answer-cache.js';
import { ClientAddress } from '../client/client-address.js';
import { InFlight } from '../client/in-flight.js';
import { SchemaChecker } from '../format/schema-checker.js';
import { PayloadSeals } from '../../snapshot/payload-seals.js';
import { TokenUses } from '../../snapshot/token-uses.js';
import { RelayLimits } from '../relay-limits.js';
import { AttemptCounts } from '../upstream/attempt-counts.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { TokenCounter } from '../usage/token-counter.js';
import { Cached } from './cached.js';
import { Captures } from './capture.js';
import { Deliver } from './deliver.js';
import { Dispatch } from './dispatch.js';
import { Estimator } from './estimator.js';
import { Formats } from './formats.js';
import { Keyed } from './keyed.js';
import { Pipeline } from './pipeline.js';
import { ResponseParts } from './response-parts.js';
import { Reserve } from './reserve.js';
import { Settle, type SettleParts } from './settle.js';
import { Turns } from './turns.js';

/** What the stages are made of, in the order of `inject`. */
const PARTS = [
  Config,
  RelayLimits,
  InFlight,
  UpstreamClient,
  CurrentCredentials,
  Journal,
  TokenCounter,
  TokenUses,
  PayloadSeals,
  CurrentViews,
  LeaseBook,
  Grants,
  AttemptCounts,
  KeyedAnswers,
  AnswerCache,
  SchemaChecker,
  ResponseParts,
] as const;

type Instances<T extends readonly { prototype: unknown }[]> = { [K in keyof T]: T[K]['prototype'] };
type Parts = Instances<typeof PARTS>;

/** Puts the stages together; they themselves know nothing of Nest. */
export const pipelineProvider: FactoryProvider<Pipeline> = {
  provide: Pipeline,
  inject: [...PARTS],
  useFactory: (...parts: Parts) => pipelineOf(parts),
};

function pipelineOf(parts: Parts): Pipeline {
  const [
    config,
    limits,
    inFlight,
    upstream,
    credentials,
    journal,
    counter,
    tokenUses,
    seals,
    views,
    book,
    grants,
    counts,
    keyedAnswers,
    cache,
    checker,
    { references, ...keeping },
  ] = parts;
  const { estimator, settle, formats } = booksOf({ ...keeping, counter, journal, checker, inFlight });
  const sending = { ...keeping, upstream, credentials, health: views.health, counts, estimator, inFlight };
  return new Pipeline({
    address: new ClientAddress(config.trustedProxies),
    bodyLimits: limits,
    planning: { views, turns: new Turns() },
    reserve: new Reserve(book, grants),
    dispatch: new Dispatch({ ...limits, ...sending, deliver: new Deliver({ ...limits, ...sending, settle, formats }) }),
    settle,
    journal,
    inFlight,
    tokenUses,
    captures: new Captures(seals, inFlight),
    counter,
    formats,
    references,
    cached: new Cached({ cache, settle, inFlight }),
    keyed: new Keyed({ answers: keyedAnswers, settle, inFlight, maxBytes: config.idempotencyMaxAnswerBytes }),
  });
}

interface BookParts extends Omit<SettleParts, 'estimator'> {
  readonly counter: TokenCounter;
  readonly checker: SchemaChecker;
  readonly inFlight: InFlight;
}

/** The stages that tell what calls used. */
function booksOf({ counter, checker, inFlight, ...keeping }: BookParts) {
  const estimator = new Estimator(counter);
  const formats = new Formats({ checker, estimator, inFlight });
  return { estimator, formats, settle: new Settle({ ...keeping, estimator }) };
}
