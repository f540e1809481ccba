import { isObject, listOf, Refusal, type Json, type JsonObject } from '../answer.js';

const MEMBERS = new Set([
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'outputConfig',
  'additionalModelRequestFields',
  'guardrailConfig',
]);
const SETTINGS = new Set(['maxTokens', 'temperature', 'topP', 'stopSequences']);

/** Refuses what Bedrock refuses, so that a translation that writes it is noticed. */
export function checkConversation(body: JsonObject): void {
  checkNames(body, MEMBERS);
  if (isObject(body.inferenceConfig)) checkNames(body.inferenceConfig, SETTINGS);
  const messages = listOf(body.messages).filter(isObject);
  if (messages[0]?.role !== 'user') throw new Refusal(400, 'A conversation must start with a user message.');
  for (const [index, message] of messages.entries()) checkMessage(message, messages[index - 1]);
  const hasCalls = messages.some((message) => idsOf(message, 'toolUse').length > 0);
  if (hasCalls && !isObject(body.toolConfig)) {
    throw new Refusal(400, 'The toolConfig field must be defined when using toolUse and toolResult content blocks.');
  }
}

function checkNames(object: JsonObject, known: ReadonlySet<string>): void {
  const name = Object.keys(object).find((each) => !known.has(each));
  if (name !== undefined) throw new Refusal(400, `Malformed input request: extraneous key [${name}] is not permitted`);
}

function checkMessage(message: JsonObject, before: JsonObject | undefined): void {
  if (message.role === before?.role)
    throw new Refusal(400, 'A conversation must alternate between user and assistant.');
  const blocks = listOf(message.content).filter(isObject);
  if (blocks.length === 0) throw new Refusal(400, 'The content field in the Message object is empty.');
  if (blocks.some(({ text }) => typeof text === 'string' && text.trim() === '')) {
    throw new Refusal(400, 'The text field in the ContentBlock object is blank.');
  }
  const results = idsOf(message, 'toolResult').toSorted().join();
  if (message.role === 'user' && results !== idsOf(before, 'toolUse').toSorted().join()) {
    throw new Refusal(400, 'Expected toolResult blocks for the toolUse blocks of the previous turn.');
  }
}

function idsOf(message: JsonObject | undefined, member: 'toolUse' | 'toolResult'): Json[] {
  return listOf(message?.content)
    .filter(isObject)
    .map((block) => block[member])
    .filter(isObject)
    .map(({ toolUseId }) => toolUseId ?? null);
}
