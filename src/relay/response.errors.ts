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
      `Not supported by what serves this model: ${param}. Only providers that speak Responses themselves make them after the call has ended. Ask for a stream instead.`,
  },
  background_needs_store: {
    status: 400,
    message: ({ param }: { param: string }) =>
      `A response that is made in the background must be stored: leave out ${param}.`,
  },
  response_in_progress: {
    status: 409,
    message: ({ id }: { id: string }) =>
      `The response '${id.slice(0, 200)}' is still being made. Cancel it, or wait until it is done, before you delete it.`,
  },
  too_many_pending_responses: {
    status: 429,
    message: ({ most }: { most: number; retryAfterSeconds: number }) =>
      `This API key has ${most} responses in the background, the most that it may have. Wait until one is done.`,
  },
  responses_unavailable: {
    status: 503,
    message: whatever('Who keeps this response is not known at the moment. Please try again.'),
  },
});
