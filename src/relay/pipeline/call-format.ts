import type { WantedFormat } from '../body/envelope.js';

/** What a call's answer shall look like, and how often it did not. */
export class CallFormat {
  /** How often the model was asked again. */
  repairs = 0;
  /** The body before the first repair. */
  asked: Buffer | undefined;

  constructor(readonly wanted: WantedFormat) {}

  /** What the call may cost more than one answer. */
  get maxRepairs(): number {
    return this.wanted.maxRepairs;
  }

  /** A repair repeats the schema. */
  get schemaBytes(): number {
    return this.wanted.schema?.length ?? 0;
  }

  /** Tells formats apart that a body alone does not. */
  get key(): string {
    return JSON.stringify(this.wanted);
  }
}
