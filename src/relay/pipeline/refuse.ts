import { Logger } from '@nestjs/common';
import { AppError } from '../../common/errors/app-error.js';
import type { InFlight } from '../client/in-flight.js';
import { CallerGone } from '../client/read-body.js';
import { errorBody, shownError, type ClientError } from '../client-error.js';
import { errorHeaders } from '../relay.errors.js';
import { ERROR_CLASSES } from '../upstream/error-classes.js';
import { sendAnswer } from './answer.js';
import type { CallEnd } from './call-end.js';
import { CallFailure, UpstreamRefusal } from './call-failure.js';
import type { Call } from './call.js';
import type { Settle } from './settle.js';

const CLIENT_LEFT = 499;

/** Puts a failed call on record and then says so, if anybody is left to hear it. */
export class Refuse {
  private readonly logger = new Logger(Refuse.name);

  constructor(
    private readonly settle: Settle,
    private readonly inFlight: InFlight,
  ) {}

  /** Rejects only when the answer breaks off. */
  async run(call: Call, error: unknown): Promise<void> {
    if (call.cut === 'gone' || error instanceof CallerGone) {
      return this.settle.run(call, left());
    }
    const { response } = call;
    if (error instanceof UpstreamRefusal) {
      return this.handBack(call, error);
    }
    const end = this.endOf(call, error);
    await this.record(call, end);
    if (response.headersSent) return void response.destroy();
    const shown = error instanceof CallFailure ? error.error : error;
    const headers = { ...errorHeaders(shown), ...retryHint(error), 'content-type': 'application/json' };
    const body = bodyOf(call, shownError(call.endpoint.dialect, shown));
    await sendAnswer(call, this.inFlight, { status: end.status, headers, body });
  }

  /** What an upstream says of the caller's mistake goes back as it is, or in words of the caller's dialect. */
  private async handBack(call: Call, { status, headers, body: said }: UpstreamRefusal): Promise<void> {
    const body = Buffer.isBuffer(said) ? said : bodyOf(call, said);
    const type = Buffer.isBuffer(said) ? (headers['content-type'] ?? 'application/json') : 'application/json';
    call.capture?.add(body, type);
    await this.record(call, { status, outcome: 'caller_error', errorCode: null, errorMessage: null });
    return sendAnswer(call, this.inFlight, { status, headers: { ...headers, 'content-type': type }, body });
  }

  private endOf(call: Call, error: unknown): CallEnd {
    const known = error instanceof CallFailure ? error.error : error;
    if (!(known instanceof AppError)) this.logger.error(error);
    const { status, code, message } = shownError(call.endpoint.dialect, known);
    const outcome = error instanceof CallFailure ? error.outcome : known instanceof AppError ? 'rejected' : 'internal';
    const told = { status, outcome, errorCode: code, errorMessage: message };
    return error instanceof CallFailure ? { ...told, errorClass: error.errorClass } : told;
  }

  /** A row that can't be written must not keep the caller from its answer: nothing was delivered for it. */
  private async record(call: Call, end: CallEnd): Promise<void> {
    await this.settle.run(call, end).catch((error: unknown) => this.logger.error(error));
  }
}

/** What SDKs obey: whether another try of theirs may have more luck than ours had. */
function retryHint(error: unknown): Record<string, string> {
  const advice = error instanceof CallFailure ? ERROR_CLASSES[error.errorClass].clientRetry : null;
  return advice === null ? {} : { 'x-should-retry': String(advice) };
}

function bodyOf(call: Call, error: ClientError): Buffer {
  return Buffer.from(JSON.stringify(errorBody(call.endpoint.dialect, error, call.requestId)));
}

function left(): CallEnd {
  return { status: CLIENT_LEFT, outcome: 'cancelled', errorCode: null, errorMessage: null };
}
