import { defineErrors } from '../common/errors/app-error.js';
import { whatever } from './relay.errors.js';

/** What is said to calls about responses that providers keep. */
export const responseErrors = defineErrors('relay', {
  response_not_found: {
    status: 404,
    message: ({ id }: { id: string }) =>
      `Response with id '${id.slice(0, 200)}' not found. Nobody keeps one that was made with "store": false, nor one of a model that speaks another dialect.`,
  },
  previous_response_not_found: {
    status: 400,
    message: ({ id }: { id: string; param: string }) =>
      `Previous response with id '${id.slice(0, 200)}' not found, or not at a provider of this model. Send its items again instead.`,
  },
  background_not_supported: {
    status: 400,
    message: ({ param }: { param: string }) =>
      `Not supported: ${param}. What a response uses that is made after its call could not be told. Ask for a stream instead.`,
  },
  responses_unavailable: {
    status: 503,
    message: whatever('Who keeps this response is not known at the moment. Please try again.'),
  },
});
