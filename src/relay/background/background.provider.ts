import type { FactoryProvider } from '@nestjs/common';
import { PendingResponses } from '../../responses/pending-responses.js';
import { CurrentCredentials } from '../../snapshot/current-credentials.js';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { InFlight } from '../client/in-flight.js';
import { RelayLimits } from '../relay-limits.js';
import { UpstreamClient } from '../upstream/upstream.client.js';
import { TokenCounter } from '../usage/token-counter.js';
import { BackgroundWatch } from './background-watch.js';
import { Background } from './background.js';
import { ProviderDesk } from './provider-desk.js';

/** Puts together what follows responses that are made in the background. */
export const backgroundProviders: FactoryProvider[] = [
  {
    provide: ProviderDesk,
    inject: [CurrentSnapshot, CurrentCredentials, UpstreamClient, InFlight, RelayLimits],
    useFactory: deskOf,
  },
  {
    provide: Background,
    inject: [PendingResponses, ProviderDesk, TokenCounter],
    useFactory: (pending: PendingResponses, desk: ProviderDesk, counter: TokenCounter) =>
      new Background({ pending, desk, counter }),
  },
  {
    provide: BackgroundWatch,
    inject: [PendingResponses, Background],
    useFactory: (pending: PendingResponses, background: Background) => new BackgroundWatch(pending, background),
  },
];

function deskOf(...parts: [CurrentSnapshot, CurrentCredentials, UpstreamClient, InFlight, RelayLimits]): ProviderDesk {
  const [snapshot, credentials, upstream, inFlight, { maxAnswerBytes: maxBytes, maxBytesInFlight }] = parts;
  return new ProviderDesk({ snapshot, credentials, upstream, inFlight, limits: { maxBytes, maxBytesInFlight } });
}
