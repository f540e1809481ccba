import type { Driver, UnsignedCall } from './driver.js';

/** Gives the headers, lower case, that sign one call. */
export type Sign = (call: UnsignedCall) => Promise<Readonly<Record<string, string>>>;

/** What signs calls with this credential; `undefined` where the headers of `authorize` are enough. */
export function signerOf({ sign }: Driver, credential: string | null): Sign | undefined {
  return sign && credential !== null ? (call) => sign(call, credential) : undefined;
}
