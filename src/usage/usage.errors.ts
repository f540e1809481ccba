import { defineErrors } from '../common/errors/app-error.js';

export const usageErrors = defineErrors('usage', {
  request_not_found: { status: 404, message: ({ id }: { id: string }) => `There is no request ${id}.` },
  payload_not_found: {
    status: 404,
    message: ({ id }: { id: string }) => `Nothing was captured of request ${id}, or it has expired.`,
  },
  payload_broken: {
    status: 500,
    message: ({ id }: { id: string }) => `The capture of request ${id} does not open: it was altered or moved.`,
  },
  filter_unsupported: {
    status: 400,
    message: () => 'A breakdown by metadata can be narrowed to a project and a range only.',
  },
  range_empty: { status: 400, message: () => '`from` must be before `to`.' },
  range_too_long: {
    status: 400,
    message: ({ interval, days }: { interval: string; days: number }) =>
      `A series by ${interval} may span ${days} days at most: choose a shorter range or a longer interval.`,
  },
});
