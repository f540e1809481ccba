import { defineErrors } from '../common/errors/app-error.js';

export const catalogueErrors = defineErrors('catalogue', {
  no_source: {
    status: 409,
    message: () => 'There is nothing to refresh from: set WAGGLE_CATALOGUE_URL, or import a document.',
  },
  unreachable: {
    status: 502,
    message: ({ reason }: { reason: string }) => `The catalogue's source did not answer: ${reason}.`,
  },
  too_large: {
    status: 413,
    message: ({ maxBytes }: { maxBytes: number }) => `The document is larger than ${maxBytes} bytes.`,
  },
  malformed: { status: 422, message: () => 'The document is not JSON in the shape of models.dev.' },
  shrunk: {
    status: 422,
    message: ({ before, after }: { before: Counts; after: Counts }) =>
      `The document has ${after.providers} providers and ${after.models} models; the one in force has ` +
      `${before.providers} and ${before.models}. It looks cut off, so it was refused.`,
  },
});

/** The size of a catalogue. */
export interface Counts {
  readonly providers: number;
  readonly models: number;
}
