import { readFileSync } from 'node:fs';
import { ALL_HEADERS, ANTHROPIC_ERROR, CONTROLS, ERROR, HEADERS, ME, MODEL, REQUEST } from './relay-document-parts.js';

type Json = Record<string, unknown>;

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

const ABOUT = `What applications call. It is OpenAI's API and Anthropic's Messages: point a client of either at this address
with a Waggle token as the key and a profile's name as the model. Bodies and answers are passed on as they are, fields we
don't know included, or translated if the provider speaks another dialect; what got lost then is in \`x-waggle-loss\` and
\`x-waggle-dropped\`. The references of OpenAI and Anthropic describe them.

Also served below \`/inference/v1\`. Each answer has \`x-request-id\`, also found in the request log. Failures have
OpenAI's shape with all four keys, below \`/messages\` Anthropic's; a stream that fails after it began ends with an error frame, never with a clean end.`;

/** What is passed on to providers: path, what it does, the type of its body, and of its answer besides JSON. */
const PASSED_ON: readonly (readonly [path: string, summary: string, body?: string, answer?: string])[] = [
  ['chat/completions', 'Answers a conversation, in one piece or as a stream.', JSON_TYPE, STREAM_TYPE],
  [
    'chat',
    'Answers a conversation that comes in an envelope with wishes about its way and its form.',
    JSON_TYPE,
    STREAM_TYPE,
  ],
  ['completions', 'Completes a text, in one piece or as a stream.', JSON_TYPE, STREAM_TYPE],
  ['responses', 'Answers in the shape of the Responses API, in one piece or as a stream.', JSON_TYPE, STREAM_TYPE],
  ['embeddings', 'Turns texts into vectors.'],
  ['messages', "Answers a conversation in Anthropic's dialect, in one piece or as a stream.", JSON_TYPE, STREAM_TYPE],
  ['messages/count_tokens', 'Counts the tokens of such a conversation, for nothing.'],
  ['moderations', 'Classifies texts.'],
  ['rerank', 'Orders documents by how well they answer a query, in the shape of Jina, Cohere and vLLM.'],
  ['audio/transcriptions', 'Writes down what is said.', 'multipart/form-data', 'text/plain'],
  ['audio/translations', 'Writes down in English what is said.', 'multipart/form-data', 'text/plain'],
  ['audio/speech', 'Says a text.', JSON_TYPE, 'audio/*'],
  ['images/generations', 'Makes images.'],
  ['images/edits', 'Changes images.', 'multipart/form-data'],
  ['images/variations', 'Varies an image.', 'multipart/form-data'],
];

const FAILURES: Readonly<Record<string, string>> = {
  '400': 'The request is wrong; what the provider said of it is passed on.',
  '401': '`invalid_api_key`: no token, or one that is unknown, expired or revoked.',
  '403': 'The token may not do this: scope, profile or source address.',
  '404': '`model_not_found`, `response_not_found`: there is none of this name, or not for this token.',
  '408': 'The body did not arrive in time.',
  '409':
    '`idempotency_answer_gone`: the call with this key was made, and its answer was too large to be kept; or `response_in_progress`.',
  '413': 'The body is too large.',
  '415': 'The body has an encoding that is not supported.',
  '422':
    "The provider can't process the request, and what it said is passed on; or `idempotency_key_reused`; or `output_invalid`: the answer is not in the format asked for.",
  '429': 'A limit is reached, here or at the provider. See `Retry-After`.',
  '502': '`provider_auth_failed` or `upstream_error`: the provider failed.',
  '503': '`provider_unavailable`, `vault_locked` or too busy. See `Retry-After`.',
  '504': 'The provider was too slow.',
};

/** How failures are shown, and what tells their responses in the document apart. */
const OPENAI = { suffix: '', schema: 'Error' };
const ANTHROPIC = { suffix: '-anthropic', schema: 'AnthropicError' };

/** The OpenAPI document of the client-facing API. */
export function relayDocument(): Json {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Json;
  return {
    openapi: '3.0.0',
    info: { title: 'Waggle client API', description: ABOUT, version },
    servers: [{ url: '/v1' }, { url: '/inference/v1' }],
    security: [{ token: [] }],
    paths: {
      ...modelPaths(),
      ...mePath(),
      ...feedbackPath(),
      ...keptPaths(),
      ...Object.fromEntries(PASSED_ON.map((entry) => [`/${entry[0]}`, passedOn(entry)])),
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token: `wgl_…`' } },
      schemas: {
        Error: ERROR,
        AnthropicError: ANTHROPIC_ERROR,
        Model: MODEL,
        Me: ME,
        Request: REQUEST,
        Answer: { type: 'object', additionalProperties: true },
      },
      responses: Object.fromEntries([...failures(OPENAI), ...failures(ANTHROPIC)]),
      headers: ALL_HEADERS,
    },
  };
}

function modelPaths(): Json {
  const ok = (schema: Json): Json => ({ description: 'OK', headers: HEADERS, content: { [JSON_TYPE]: { schema } } });
  const list = {
    type: 'object',
    properties: { object: { enum: ['list'] }, data: { type: 'array', items: ref('Model') } },
  };
  const name = { name: 'model', in: 'path', required: true, schema: { type: 'string' } };
  return {
    '/models': { get: operation('listModels', 'Lists the profiles that the token may call.', { '200': ok(list) }) },
    '/models/{model}': {
      parameters: [name],
      get: operation('getModel', 'Shows one of them.', { '200': ok(ref('Model')) }),
    },
  };
}

function mePath(): Json {
  const content = ofType(JSON_TYPE, 'Me');
  const answers = { '200': { description: 'OK', headers: HEADERS, content } };
  return { '/me': { get: operation('getMe', "Shows the token's own limits, and what is left of them.", answers) } };
}

function feedbackPath(): Json {
  const properties = {
    request_id: { type: 'string', description: 'The `x-request-id` of the answer.' },
    score: { type: 'number', minimum: 0, maximum: 1 },
  };
  const schema = { type: 'object', required: ['request_id', 'score'], properties };
  const content = ofType(JSON_TYPE, 'Answer');
  const answers = { '202': { description: 'Kept. The latest counts.', headers: HEADERS, content } };
  const requestBody = { required: true, content: { [JSON_TYPE]: { schema } } };
  return {
    '/feedback': { post: { ...operation('giveFeedback', 'Says how good an answer was.', answers), requestBody } },
  };
}

function keptPaths(): Json {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' }, example: 'resp_68a1' };
  const done = { description: "The provider's answer.", headers: HEADERS, content: ofType(JSON_TYPE, 'Answer') };
  const content = { ...ofType(JSON_TYPE, 'Answer'), [STREAM_TYPE]: { schema: { type: 'string' } } };
  const stream = { name: 'stream', in: 'query', schema: { type: 'boolean' }, description: 'As events.' };
  const after = {
    name: 'starting_after',
    in: 'query',
    schema: { type: 'integer' },
    description: 'Those after this one.',
  };
  const get = operation('getResponse', 'Shows a response that its provider keeps.', { '200': { ...done, content } });
  const remove = operation('deleteResponse', 'Has its provider delete it.', { '200': done });
  const cancel = operation('cancelResponse', 'Has its provider stop making it in the background.', { '200': done });
  const items = operation('listResponseInputItems', 'Lists what it was made of.', { '200': done });
  return {
    '/responses/{id}': { parameters: [id], get: { parameters: [stream, after], ...get }, delete: remove },
    '/responses/{id}/cancel': { parameters: [id], post: cancel },
    '/responses/{id}/input_items': { parameters: [id], get: items },
  };
}

function passedOn([path, summary, body = JSON_TYPE, answer]: (typeof PASSED_ON)[number]): Json {
  const id = path.replaceAll(/\/(\w)/g, (_, letter: string) => letter.toUpperCase());
  const content = { ...ofType(JSON_TYPE, 'Answer'), ...(answer && { [answer]: { schema: { type: 'string' } } }) };
  const answered = { description: "The provider's answer.", headers: HEADERS, content };
  const requestBody = { required: true, content: ofType(body, 'Request') };
  const dialect = path.startsWith('messages') ? ANTHROPIC : OPENAI;
  return { post: { parameters: CONTROLS, ...operation(id, summary, { '200': answered }, dialect), requestBody } };
}

function operation(operationId: string, summary: string, answers: Json, { suffix } = OPENAI): Json {
  const failures = Object.keys(FAILURES).map((status) => [
    status,
    { $ref: `#/components/responses/${status}${suffix}` },
  ]);
  return { operationId, summary, responses: { ...answers, ...Object.fromEntries(failures) } };
}

/** All failures, in the shape of a dialect. */
function failures({ suffix, schema }: typeof OPENAI): [string, Json][] {
  return Object.entries(FAILURES).map(([status, description]) => [
    `${status}${suffix}`,
    { description, headers: HEADERS, content: ofType(JSON_TYPE, schema) },
  ]);
}

function ofType(type: string, schema: string): Json {
  return { [type]: { schema: ref(schema) } };
}

function ref(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` };
}
