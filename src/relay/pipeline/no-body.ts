import type { CallBody } from './call-body.js';

/** Of a call that has none. */
export class NoBody implements CallBody {
  readonly raw = Buffer.alloc(0);
  readonly contentType = 'application/json';
  readonly model = undefined;
  readonly asksForUsage = false;
  readonly canonical = undefined;

  constructor(readonly isStreamed: boolean) {}

  shaped(): readonly Buffer[] {
    return [];
  }

  text(): undefined {
    return undefined;
  }

  number(): undefined {
    return undefined;
  }

  slice(): undefined {
    return undefined;
  }

  bytes(): undefined {
    return undefined;
  }

  elements(): readonly Buffer[] {
    return [];
  }
}
