import type { FeedbackRecord } from '../journal/feedback-record.js';
import type { TokenEntry } from '../snapshot/snapshot.js';
import type { CallBody } from './pipeline/call-body.js';
import { relayErrors } from './relay.errors.js';

const REQUEST_ID = /^(?:req_)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/** Reads what a client thinks of an answer. Throws `relay.invalid_body`. */
export function readFeedback(body: CallBody, token: TokenEntry, givenAt: number): FeedbackRecord {
  const id = REQUEST_ID.exec(body.text('request_id') ?? '');
  if (!id) throw invalid('request_id', 'must be the x-request-id of an answer');
  const score = body.number('score');
  if (score === undefined || !(score >= 0 && score <= 1)) throw invalid('score', 'must be a number from 0 to 1');
  return {
    request_id: id.slice(1).join('-').toLowerCase(),
    tenant_id: token.tenantId,
    project_id: token.projectId,
    token_id: token.id,
    score,
    given_at: new Date(givenAt).toISOString(),
  };
}

function invalid(param: string, rule: string): Error {
  return relayErrors.invalid_body({ reason: `"${param}" ${rule}.`, param });
}
