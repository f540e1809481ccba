import { Injectable } from '@nestjs/common';
import { KeyedAnswersService } from '../idempotency/keyed-answers.service.js';
import { AnswerCache } from '../relay/cache/answer-cache.js';
import { SchemaChecker } from '../relay/format/schema-checker.js';
import { KeptResponsesService } from '../responses/kept-responses.service.js';

/** What is kept of answers, and what they are checked with, for those who report on it. */
@Injectable()
export class KeptParts {
  constructor(
    readonly keyed: KeyedAnswersService,
    readonly cache: AnswerCache,
    readonly responses: KeptResponsesService,
    readonly schemas: SchemaChecker,
  ) {}
}
