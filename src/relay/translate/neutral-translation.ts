import type { JsonObject, Operation } from '../../snapshot/snapshot.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { ClientError } from '../client-error.js';
import type { Answer } from './conversation.js';
import type { ClientDialect, UpstreamDialect } from './dialects.js';
import { ShownToolsWriter, withPlainTools, withShownTools } from './plain-tools.js';
import { SseDecoder } from './sse-decoder.js';
import { TranslatedStream } from './translated-stream.js';
import { unfold } from './unfold.js';
import type { TranslatedAnswer, Translation, TranslationContext, UnfoldedAnswer } from './translation.js';

/** Translates conversations: from the client's dialect into the neutral form, and from there into the upstream's. */
export class NeutralTranslation implements Translation {
  readonly operation: Operation;
  readonly asksForUsage: boolean;

  constructor(
    private readonly client: ClientDialect,
    private readonly upstream: UpstreamDialect,
  ) {
    this.operation = upstream.operation;
    this.asksForUsage = upstream.asksForUsage;
  }

  request(body: JsonObject, context: TranslationContext): JsonObject {
    const conversation = this.client.readRequest(body, context);
    const plain = withPlainTools(conversation, this.upstream.toolNames, context.model.toolNames);
    context.toolNames = plain?.names;
    return this.upstream.writeRequest(plain?.conversation ?? conversation, context);
  }

  answer(json: JsonObject, context: TranslationContext): TranslatedAnswer {
    const answer = this.read(json, context);
    return { json: this.client.writeAnswer(answer, context), usage: answer.usage, text: generatedText(answer) };
  }

  unfolded(json: JsonObject, context: TranslationContext): UnfoldedAnswer {
    const answer = this.read(json, context);
    const writer = this.client.streamWriter(context);
    const events = unfold(answer).map((event) => writer.write(event));
    return { events: events.join('') + writer.end(), usage: answer.usage, text: generatedText(answer) };
  }

  stream(context: TranslationContext): AnswerStream {
    const decoder = this.upstream.decoder?.() ?? new SseDecoder();
    const writer = this.client.streamWriter(context);
    const { toolNames } = context;
    const shown = toolNames ? new ShownToolsWriter(writer, toolNames) : writer;
    return new TranslatedStream(decoder, this.upstream.streamReader(), shown, context.mostOutputTokens);
  }

  refusal(status: number, body: Buffer): ClientError {
    return this.upstream.readError(status, body);
  }

  private read(json: JsonObject, { toolNames }: TranslationContext): Answer {
    const answer = this.upstream.readAnswer(json);
    return toolNames ? withShownTools(answer, toolNames) : answer;
  }
}

/** All that the model wrote, for counting it. */
function generatedText({ blocks }: Answer): string {
  return blocks
    .map((block) => {
      if (block.kind === 'tool_call') return block.arguments;
      return 'text' in block ? block.text : '';
    })
    .join('\n');
}
