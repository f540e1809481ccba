import { Injectable } from '@nestjs/common';
import { KeyedAnswersService } from '../idempotency/keyed-answers.service.js';
import { AnswerCache } from '../relay/cache/answer-cache.js';

/** Where answers are kept to be given again, for those who report on it. */
@Injectable()
export class KeptParts {
  constructor(
    readonly keyed: KeyedAnswersService,
    readonly cache: AnswerCache,
  ) {}
}
