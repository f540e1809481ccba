type Json = Record<string, unknown>;

/** What a client may say about a call beside its body. */
export const CONTROLS: readonly Json[] = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Any text, new for each call that is meant once. Sent again with the same body it gets the first answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  {
    name: 'Cache-Control',
    in: 'header',
    description:
      'Where the profile caches: `no-cache` asks a provider all the same, `no-store` keeps the answer from others.',
    schema: { type: 'string' },
    example: 'no-cache',
  },
];

export const ALL_HEADERS = {
  'x-request-id': { description: 'Our id of the request.', schema: { type: 'string' } },
  'x-waggle-profile': { description: 'The profile that was used.', schema: { type: 'string' } },
  'x-waggle-idempotent-replay': {
    description: '`true`: the answer to an earlier call with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
  'x-waggle-cache': {
    description: 'Where the profile caches: whether the answer was there.',
    schema: { type: 'string', enum: ['hit', 'miss', 'bypass'] },
  },
  'x-waggle-dropped': {
    description: 'Settings of the request that had no effect on the model that answered, if there are any.',
    schema: { type: 'string' },
    example: 'seed, logit_bias',
  },
  'x-waggle-loss': {
    description: 'What a translation into the dialect of the provider only came near to, if anything.',
    schema: { type: 'string' },
    example: 'cache_control',
  },
};
export const HEADERS = Object.fromEntries(
  Object.keys(ALL_HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

export const REQUEST = {
  type: 'object',
  required: ['model'],
  properties: { model: { type: 'string', description: "A profile's name or alias.", example: 'demo' } },
  additionalProperties: true,
};

export const MODEL = {
  type: 'object',
  properties: {
    id: { type: 'string', example: 'demo' },
    object: { type: 'string', enum: ['model'] },
    created: { type: 'integer' },
    owned_by: { type: 'string' },
    waggle: {
      type: 'object',
      description: 'What we know of it beyond the shape of OpenAI.',
      additionalProperties: true,
    },
  },
};

const text = { type: 'string' };
const nullableText = { type: 'string', nullable: true };
export const ME = {
  type: 'object',
  properties: {
    object: { type: 'string', enum: ['token'] },
    id: text,
    name: text,
    project: nullableText,
    expires_at: nullableText,
    allowances: {
      type: 'array',
      description: 'Amounts are texts: USD for money, else whole numbers.',
      items: {
        type: 'object',
        properties: {
          name: text,
          scope: text,
          subject: nullableText,
          metric: text,
          window: nullableText,
          limit: text,
          spent: text,
          held: text,
          remaining: text,
          is_hard: { type: 'boolean' },
          resets_at: nullableText,
        },
      },
    },
  },
};

export const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: { message: { type: 'string' }, type: { type: 'string' }, param: nullableText, code: nullableText },
    },
  },
};

export const ANTHROPIC_ERROR = {
  type: 'object',
  required: ['type', 'error'],
  properties: {
    type: { type: 'string', enum: ['error'] },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: { type: { type: 'string', example: 'rate_limit_error' }, message: text },
    },
    request_id: nullableText,
  },
};
