import type { FactoryProvider } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { KeptResponses } from '../../responses/kept-responses.js';
import { PendingResponses } from '../../responses/pending-responses.js';
import { Background } from '../background/background.js';
import { BackgroundCalls } from './background-calls.js';
import { References } from './references.js';

const MS_PER_HOUR = 3_600_000;

/** What the pipeline is made of for responses that outlive their call. */
export class ResponseParts {
  readonly references: References;
  /** How long one may take that is made after its call. */
  readonly maxAgeMs: number;

  constructor(
    config: Config,
    readonly responses: KeptResponses,
    readonly pending: PendingResponses,
    readonly background: Background,
  ) {
    const calls = new BackgroundCalls(pending, config.backgroundMaxPending);
    this.references = new References({ responses, background, calls });
    this.maxAgeMs = config.backgroundHours * MS_PER_HOUR;
  }
}

export const responsePartsProvider: FactoryProvider<ResponseParts> = {
  provide: ResponseParts,
  inject: [Config, KeptResponses, PendingResponses, Background],
  useFactory: (config: Config, responses: KeptResponses, pending: PendingResponses, background: Background) =>
    new ResponseParts(config, responses, pending, background),
};
