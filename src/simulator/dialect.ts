import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Refusal } from './answer.js';

/** What differs between the dialects that the simulator speaks, beside the calls themselves. */
export interface SimulatedDialect {
  /** The credential that a call brings. */
  key(headers: IncomingHttpHeaders): string | undefined;
  /** A refusal as this dialect has it. */
  refuse(refusal: Refusal): Answer;
}

/** OpenAI's: a Bearer token, or Azure's `api-key`; and errors with four keys. */
export const openaiDialect: SimulatedDialect = {
  key: ({ authorization, 'api-key': key }) =>
    typeof key === 'string' ? key : /^Bearer (.+)$/i.exec(authorization ?? '')?.[1],
  refuse: (refusal) => refusal.toAnswer(),
};
