import { defineErrors } from '../common/errors/app-error.js';

export const liveEventErrors = defineErrors('events', {
  too_many_watchers: {
    status: 503,
    message: ({ limit }: { limit: number }) => `${limit} watchers are the most for one process. Try again later.`,
  },
});
