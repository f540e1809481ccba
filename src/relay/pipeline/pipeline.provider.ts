import type { FactoryProvider } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Journal } from '../../journal/journal.js';
import { CurrentCredentials } from '../../snapshot/current-credentials.js';
import { ClientAddress } from '../client/client-address.js';
import { InFlight } from '../client/in-flight.js';
import { TokenUses } from '../../snapshot/token-uses.js';
import { RelayLimits } from '../relay-limits.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { UsageRefusals } from '../upstream/usage-refusals.js';
import { TokenCounter } from '../usage/token-counter.js';
import { Deliver } from './deliver.js';
import { Dispatch } from './dispatch.js';
import { Estimator } from './estimator.js';
import { Pipeline } from './pipeline.js';
import { Settle } from './settle.js';

interface House {
  readonly config: Config;
  readonly limits: RelayLimits;
  readonly inFlight: InFlight;
  readonly upstream: UpstreamClient;
  readonly credentials: CurrentCredentials;
  readonly journal: Journal;
  readonly counter: TokenCounter;
  readonly tokenUses: TokenUses;
}

type Parts = [Config, RelayLimits, InFlight, UpstreamClient, CurrentCredentials, Journal, TokenCounter, TokenUses];

/** Puts the stages together; they themselves know nothing of Nest. */
export const pipelineProvider: FactoryProvider<Pipeline> = {
  provide: Pipeline,
  inject: [Config, RelayLimits, InFlight, UpstreamClient, CurrentCredentials, Journal, TokenCounter, TokenUses],
  useFactory: (...[config, limits, inFlight, upstream, credentials, journal, counter, tokenUses]: Parts) =>
    pipelineOf({ config, limits, inFlight, upstream, credentials, journal, counter, tokenUses }),
};

function pipelineOf({ config, limits, inFlight, upstream, credentials, journal, counter, tokenUses }: House): Pipeline {
  const settle = new Settle(journal, new Estimator(counter));
  const { maxAnswerBytes, maxBytesInFlight } = limits;
  return new Pipeline({
    address: new ClientAddress(config.trustedProxies),
    bodyLimits: limits,
    dispatch: new Dispatch({ upstream, credentials, refusals: new UsageRefusals(), inFlight, maxBytesInFlight }),
    deliver: new Deliver({ settle, inFlight, maxAnswerBytes, maxBytesInFlight }),
    settle,
    journal,
    inFlight,
    tokenUses,
  });
}
