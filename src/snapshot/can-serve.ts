import type { Operation } from './snapshot.js';

const ALSO_SERVED: Readonly<Partial<Record<Operation, readonly Operation[]>>> = {
  chat: ['responses', 'completion'],
  responses: ['chat'],
  transcription: ['translation'],
};

/** Whether something made for `offered` answers calls of `asked`: chat models also answer responses and completions. */
export function canServe(offered: Operation, asked: Operation): boolean {
  return offered === asked || (ALSO_SERVED[offered]?.includes(asked) ?? false);
}
