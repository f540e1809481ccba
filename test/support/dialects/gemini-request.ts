import type { JsonObject, JsonValue } from '../../../src/snapshot/snapshot.js';
import type { Block, Conversation, Tool, ToolChoice, Turn } from '../../../src/relay/translate/conversation.js';
import { markSignature, NO_SIGNATURE } from '../../../src/relay/translate/gemini/gemini-signature.js';
import { isObject, objectOf, objectsOf, textOf, textOr } from '../../../src/relay/translate/json.js';
import { Notes } from '../../../src/relay/translate/notes.js';
import { readParameters } from '../../../src/relay/translate/request-parameters.js';

const CHOICES: Readonly<Record<string, ToolChoice['kind']>> = { AUTO: 'auto', ANY: 'any', NONE: 'none' };

/** Understands a request of `generateContent` as Google does; only tests need that. */
export function readGeminiRequest(body: JsonObject): Conversation {
  const config = objectOf(body.generationConfig);
  const declared = objectsOf(body.tools).flatMap(({ functionDeclarations }) => objectsOf(functionDeclarations));
  const format = config.responseJsonSchema;
  return {
    system: objectsOf(objectOf(body.systemInstruction).parts).map(({ text }) => ({ kind: 'text', text: textOr(text) })),
    turns: new TurnReader().read(body.contents),
    tools: declared.map((tool): Tool => ({
      name: textOr(tool.name),
      description: textOf(tool.description),
      parameters: objectOf(tool.parametersJsonSchema),
    })),
    toolChoice: choiceOf(objectOf(objectOf(body.toolConfig).functionCallingConfig)),
    isParallel: undefined,
    format: isObject(format) ? { kind: 'schema', schema: format, name: 'answer', isStrict: true } : undefined,
    reasoning: undefined,
    parameters: readParameters(
      config,
      {
        maxOutputTokens: 'maxTokens',
        temperature: 'temperature',
        topP: 'topP',
        topK: 'topK',
        stopSequences: 'stop',
        seed: 'seed',
        presencePenalty: 'presencePenalty',
        frequencyPenalty: 'frequencyPenalty',
      },
      new Set(['responseMimeType', 'responseJsonSchema', 'thinkingConfig']),
      new Notes(),
    ),
    isStreamed: false,
  };
}

function choiceOf({ mode, allowedFunctionNames: names }: JsonObject): ToolChoice | undefined {
  if (typeof mode !== 'string') return undefined;
  if (Array.isArray(names)) return { kind: 'tool', name: textOr(names[0]) };
  return { kind: CHOICES[mode] as 'auto' };
}

/** Calls have no ids: results belong to them by name and order. */
class TurnReader {
  private calls = 0;
  private readonly open: { readonly id: string; readonly name: string }[] = [];

  read(contents: JsonValue | undefined): Turn[] {
    return objectsOf(contents).map(({ role, parts }) => ({
      role: role === 'model' ? 'assistant' : 'user',
      blocks: objectsOf(parts).flatMap((part) => this.part(part)),
    }));
  }

  private part(part: JsonObject): Block[] {
    if (isObject(part.functionCall)) return this.call(part.functionCall, part.thoughtSignature);
    if (isObject(part.functionResponse)) return [this.result(part.functionResponse)];
    if (isObject(part.inlineData)) return [media(part.inlineData)];
    const { fileUri } = objectOf(part.fileData);
    if (typeof fileUri === 'string') return [{ kind: 'image', source: { kind: 'url', url: fileUri } }];
    return [{ kind: 'text', text: textOr(part.text) }];
  }

  private call({ name, args }: JsonObject, signature: JsonValue | undefined): Block[] {
    const call = { id: `g${this.calls++}`, name: textOr(name) };
    this.open.push(call);
    const block: Block = { kind: 'tool_call', ...call, arguments: JSON.stringify(objectOf(args)) };
    if (typeof signature !== 'string' || signature === NO_SIGNATURE) return [block];
    return [{ kind: 'thinking', text: '', signature: markSignature(signature) }, block];
  }

  private result({ name, response }: JsonObject): Block {
    const at = this.open.findIndex((call) => call.name === name);
    const [call] = this.open.splice(at, 1);
    const { output, error } = objectOf(response);
    const content = [{ kind: 'text' as const, text: textOr(output ?? error) }];
    return { kind: 'tool_result', id: call!.id, content, isError: error !== undefined };
  }
}

function media({ mimeType, data }: JsonObject): Block {
  const source = { kind: 'base64' as const, mediaType: textOr(mimeType), data: textOr(data) };
  return source.mediaType.startsWith('image/') ? { kind: 'image', source } : { kind: 'file', source };
}
