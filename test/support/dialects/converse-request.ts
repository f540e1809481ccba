import type { JsonObject } from '../../../src/snapshot/snapshot.js';
import type {
  Block,
  Conversation,
  OutputFormat,
  Source,
  TextBlock,
  Tool,
  ToolChoice,
  ToolResultBlock,
} from '../../../src/relay/translate/conversation.js';
import { booleanOf, isObject, objectOf, objectsOf, textOf, textOr } from '../../../src/relay/translate/json.js';
import { Notes } from '../../../src/relay/translate/notes.js';
import { readParameters } from '../../../src/relay/translate/request-parameters.js';

const DOCUMENTS: Readonly<Record<string, string>> = { pdf: 'application/pdf', txt: 'text/plain' };
const CACHE = { type: 'ephemeral' };

/** Understands a request of `converse` as Bedrock does; only tests need that. */
export function readConverseRequest(body: JsonObject): Conversation {
  const { tools, toolChoice } = objectOf(body.toolConfig);
  const settings = { ...objectOf(body.inferenceConfig), ...objectOf(body.additionalModelRequestFields) };
  return {
    system: withCaches(objectsOf(body.system), ({ text }): TextBlock => ({ kind: 'text', text: textOr(text) })),
    turns: objectsOf(body.messages).map(({ role, content }) => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      blocks: withCaches(objectsOf(content), readBlock),
    })),
    tools: withCaches(objectsOf(tools), readTool),
    toolChoice: choiceOf(objectOf(toolChoice)),
    isParallel: undefined,
    format: formatOf(objectOf(objectOf(objectOf(objectOf(body.outputConfig).textFormat).structure).jsonSchema)),
    reasoning: undefined,
    parameters: readParameters(
      settings,
      { maxTokens: 'maxTokens', temperature: 'temperature', topP: 'topP', top_k: 'topK', stopSequences: 'stop' },
      new Set(['thinking']),
      new Notes(),
    ),
    isStreamed: false,
  };
}

/** A cache point marks what stands before it. */
function withCaches<T extends object>(items: readonly JsonObject[], read: (item: JsonObject) => T): T[] {
  const all: T[] = [];
  for (const item of items) {
    if (item.cachePoint) all.push({ ...all.pop()!, cache: CACHE });
    else all.push(read(item));
  }
  return all;
}

function readTool({ toolSpec }: JsonObject): Tool {
  const { name, description, inputSchema, strict } = objectOf(toolSpec);
  return {
    name: textOr(name),
    description: textOf(description),
    parameters: objectOf(objectOf(inputSchema).json),
    isStrict: booleanOf(strict),
  };
}

function choiceOf(choice: JsonObject): ToolChoice | undefined {
  if (isObject(choice.tool)) return { kind: 'tool', name: textOr(choice.tool.name) };
  if (choice.any) return { kind: 'any' };
  return choice.auto ? { kind: 'auto' } : undefined;
}

function formatOf({ name, schema }: JsonObject): OutputFormat | undefined {
  if (typeof schema !== 'string') return undefined;
  return { kind: 'schema', schema: JSON.parse(schema) as JsonObject, name: textOf(name), isStrict: true };
}

function readBlock(block: JsonObject): Block {
  if (typeof block.text === 'string') return { kind: 'text', text: block.text };
  if (isObject(block.image)) return { kind: 'image', source: sourceOf(block.image, 'image/') };
  if (isObject(block.document))
    return { kind: 'file', source: sourceOf(block.document, ''), name: textOf(block.document.name) };
  if (isObject(block.toolUse)) {
    const { toolUseId, name, input } = block.toolUse;
    return { kind: 'tool_call', id: textOr(toolUseId), name: textOr(name), arguments: JSON.stringify(objectOf(input)) };
  }
  if (isObject(block.toolResult)) return readResult(block.toolResult);
  const { reasoningText, redactedContent } = objectOf(block.reasoningContent);
  if (typeof redactedContent === 'string') return { kind: 'redacted_thinking', data: redactedContent };
  const { text, signature } = objectOf(reasoningText);
  return { kind: 'thinking', text: textOr(text), signature: textOf(signature) };
}

function readResult({ toolUseId, content, status }: JsonObject): ToolResultBlock {
  const blocks = objectsOf(content).map(readBlock) as ToolResultBlock['content'];
  return { kind: 'tool_result', id: textOr(toolUseId), content: blocks, isError: status === 'error' };
}

function sourceOf({ format, source }: JsonObject, prefix: string): Source {
  const mediaType = prefix === '' ? (DOCUMENTS[textOr(format)] ?? '') : prefix + textOr(format);
  return { kind: 'base64', mediaType, data: textOr(objectOf(source).bytes) };
}
