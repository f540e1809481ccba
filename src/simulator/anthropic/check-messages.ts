import { isObject, listOf, Refusal, type Json, type JsonObject } from '../answer.js';

const TOOL_ID = /^[a-zA-Z0-9_-]+$/;
const MIN_THINKING = 1024;
/** What OpenAI's dialect has. */
const FOREIGN =
  'n seed logit_bias presence_penalty frequency_penalty response_format stop stream_options reasoning_effort'.split(
    ' ',
  );

/** Refuses what Anthropic refuses, so that a translation that writes it is noticed. */
export function checkMessages(body: JsonObject): void {
  const { messages } = body;
  if (!Array.isArray(messages)) throw new Refusal(400, 'messages: Field required');
  if (messages.length === 0) throw new Refusal(400, 'messages: at least one message is required');
  const everything = messages.filter(isObject);
  checkInstructions(everything);
  const all = everything.filter(({ role }) => role !== 'system');
  if (all[0]?.role !== 'user') throw new Refusal(400, 'messages: first message must use the "user" role');
  for (const [index, message] of all.entries()) checkMessage(message, index);
  checkResults(all);
  checkEnd(all.at(-1));
  checkTools(body, all);
}

/** Newer models take instructions between the turns: behind what the user says, before what the model does. */
function checkInstructions(messages: readonly JsonObject[]): void {
  for (const [index, { role }] of messages.entries()) {
    if (role !== 'system') continue;
    const at = `messages.${index}: role 'system' must`;
    if (messages[index - 1]?.role !== 'user') throw new Refusal(400, `${at} follow a 'user' message`);
    const next = messages[index + 1];
    if (next && next.role !== 'assistant')
      throw new Refusal(400, `${at} precede an 'assistant' message or end the array`);
  }
}

/** Refuses settings that Anthropic refuses. */
export function checkSettings(body: JsonObject): void {
  const { max_tokens: maximum, temperature, thinking, stop_sequences: stops } = body;
  if (typeof maximum !== 'number') throw new Refusal(400, 'max_tokens: Field required');
  if (maximum < 1) throw new Refusal(400, 'max_tokens: must be greater than or equal to 1');
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 1)) {
    throw new Refusal(400, 'temperature: range: 0..1');
  }
  if (listOf(stops).some((stop) => typeof stop !== 'string' || stop.trim() === '')) {
    throw new Refusal(400, 'stop_sequences: each stop sequence must contain non-whitespace');
  }
  checkExtras(body);
  if (isObject(thinking) && thinking.type === 'enabled') checkThinking(body, Number(thinking.budget_tokens));
}

function checkExtras(body: JsonObject): void {
  for (const name of FOREIGN) if (name in body) throw new Refusal(400, `${name}: Extra inputs are not permitted`);
}

function checkThinking({ max_tokens: maximum, temperature, tool_choice: choice }: JsonObject, budget: number): void {
  if (!(budget >= MIN_THINKING)) throw new Refusal(400, 'thinking.enabled.budget_tokens: must be at least 1024');
  if (budget >= Number(maximum)) throw new Refusal(400, '`max_tokens` must be greater than `thinking.budget_tokens`');
  if (temperature !== undefined && temperature !== 1) {
    throw new Refusal(400, '`temperature` may only be set to 1 when thinking is enabled');
  }
  if (isObject(choice) && (choice.type === 'any' || choice.type === 'tool')) {
    throw new Refusal(400, 'Thinking may not be enabled when tool_choice forces tool use.');
  }
}

function checkMessage({ role, content }: JsonObject, index: number): void {
  const at = `messages.${index}`;
  if (role !== 'user' && role !== 'assistant') throw new Refusal(400, `${at}.role: must be "user" or "assistant"`);
  if (content === '') throw new Refusal(400, `${at}: all messages must have non-empty content`);
  for (const block of listOf(content).filter(isObject)) {
    checkBlock(block, at);
  }
}

function checkBlock(block: JsonObject, at: string): void {
  if (block.type === 'text' && (typeof block.text !== 'string' || block.text.trim() === '')) {
    throw new Refusal(400, `${at}: text content blocks must be non-empty`);
  }
  if (block.type === 'tool_use') checkToolUse(block, at);
  if (block.type === 'thinking' && typeof block.signature !== 'string') {
    throw new Refusal(400, `${at}.content.0.thinking.signature: Field required`);
  }
}

function checkToolUse({ id, input, name }: JsonObject, at: string): void {
  if (typeof id !== 'string' || !TOOL_ID.test(id)) {
    throw new Refusal(400, `${at}.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  }
  if (typeof name !== 'string') throw new Refusal(400, `${at}.content.0.tool_use.name: Field required`);
  if (!isObject(input)) throw new Refusal(400, `${at}.content.0.tool_use.input: Input should be a valid dictionary`);
}

/** Each call is answered in the very next message, before anything else in it. */
function checkResults(messages: readonly JsonObject[]): void {
  for (const [index, message] of messages.entries()) {
    const calls = idsOf(message, 'tool_use', 'id');
    const blocks = listOf(messages[index + 1]?.content).filter(isObject);
    const results = new Set(blocks.filter(({ type }) => type === 'tool_result').map((block) => block.tool_use_id));
    const missing = calls.filter((id) => !results.has(id));
    if (missing.length > 0) {
      const where = `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
      throw new Refusal(400, `${where}: ${missing.join(', ')}.`);
    }
    const unknown = idsOf(messages[index + 1] ?? {}, 'tool_result', 'tool_use_id').filter((id) => !calls.includes(id));
    if (unknown.length > 0) throw new Refusal(400, `unexpected \`tool_use_id\` found: ${unknown.join(', ')}.`);
  }
}

function idsOf({ content }: JsonObject, type: string, name: string): Json[] {
  return listOf(content)
    .filter(isObject)
    .filter((block) => block.type === type)
    .map((block) => block[name] ?? null);
}

function checkEnd(last: JsonObject | undefined): void {
  if (last?.role !== 'assistant') return;
  const blocks = listOf(last.content).filter(isObject);
  const text = typeof last.content === 'string' ? last.content : blocks.at(-1)?.text;
  if (typeof text === 'string' && /\s$/.test(text)) {
    throw new Refusal(400, 'messages: final assistant content cannot end with trailing whitespace');
  }
}

function checkTools({ tools, tool_choice: choice }: JsonObject, messages: readonly JsonObject[]): void {
  const has = listOf(tools).length > 0;
  if (!has && choice !== undefined) throw new Refusal(400, 'tool_choice: may only be specified while providing tools');
  const uses = messages.some((message) => idsOf(message, 'tool_use', 'id').length > 0);
  if (uses && !has)
    throw new Refusal(400, 'Requests which include `tool_use` or `tool_result` blocks must define tools');
  for (const tool of listOf(tools).filter(isObject)) {
    const isOwn = tool.type === undefined || tool.type === 'custom';
    if (isOwn && !isObject(tool.input_schema)) throw new Refusal(400, 'tools.0.custom.input_schema: Field required');
  }
}
