import { isObject, listOf, Refusal, type Json, type JsonObject } from '../answer.js';

const MEMBERS = new Set(['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'safetySettings']);
const SETTINGS = new Set([
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseMimeType',
  'responseJsonSchema',
  'thinkingConfig',
]);

/** Refuses what Google refuses: unknown members, roles and parts, and results that don't answer the calls before them. */
export function checkContents(body: JsonObject): void {
  checkNames(body, MEMBERS, '');
  if (isObject(body.generationConfig)) checkNames(body.generationConfig, SETTINGS, ' at generation_config');
  const contents = listOf(body.contents).filter(isObject);
  if (contents.length === 0) throw new Refusal(400, '* GenerateContentRequest.contents: contents is not specified');
  for (const content of contents) checkContent(content);
  for (const [index, content] of contents.entries()) checkAnswers(content, contents[index - 1]);
}

function checkNames(object: JsonObject, known: ReadonlySet<string>, where: string): void {
  const unknown = Object.keys(object).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new Refusal(400, `Invalid JSON payload received. Unknown name "${unknown}"${where}: Cannot find field.`);
  }
}

function checkContent({ role, parts }: JsonObject): void {
  if (role !== 'user' && role !== 'model') throw new Refusal(400, 'Please use a valid role: user, model.');
  if (listOf(parts).length === 0)
    throw new Refusal(400, '* GenerateContentRequest.contents[0].parts: must not be empty');
}

function checkAnswers(content: JsonObject, before: JsonObject | undefined): void {
  const answers = namesOf(content, 'functionResponse');
  if (answers.length === 0) return;
  if (answers.join() === namesOf(before, 'functionCall').join()) return;
  const rule = 'equal to the number of function call parts of the function call turn';
  throw new Refusal(400, `Please ensure that the number of function response parts is ${rule}.`);
}

function namesOf(content: JsonObject | undefined, member: string): Json[] {
  return listOf(content?.parts)
    .filter(isObject)
    .map((part) => part[member])
    .filter(isObject)
    .map(({ name }) => name ?? null);
}
