import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A caller's trace, ready to be continued. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** The `traceparent` for upstream: the same trace, a new span (https://www.w3.org/TR/trace-context). */
  readonly child: string;
}

/** Continues a valid `traceparent`; anything else is no trace. */
export function continueTrace(traceparent: string | string[] | undefined): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const match = TRACEPARENT.exec(traceparent);
  if (!match) return undefined;
  const [, traceId, flags] = match as unknown as [string, string, string];
  return { traceId, child: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}` };
}
