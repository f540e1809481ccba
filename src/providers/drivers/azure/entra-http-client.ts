import type { ClientSecretCredentialOptions } from '@azure/identity';
import { Agent, request as send, type buildConnector } from 'undici';

type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>;
type Asked = Parameters<HttpClient['sendRequest']>[0];
type Answered = Awaited<ReturnType<HttpClient['sendRequest']>>;

const TIMEOUT_MS = 15_000;

/**
 * Carries what Azure's library asks to allowed addresses only: an authority is an address that an operator gave. It keeps
 * why there was no answer, which the library does not tell.
 */
export class EgressHttpClient implements HttpClient {
  failure: unknown;
  private readonly agent: Agent;

  constructor(connect: buildConnector.connector) {
    this.agent = new Agent({ connect, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  }

  async sendRequest(request: Asked): Promise<Answered> {
    try {
      return await answerOf(request, this.agent);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

async function answerOf(request: Asked, dispatcher: Agent): Promise<Answered> {
  const { statusCode, headers, body } = await send(request.url, {
    dispatcher,
    method: request.method as 'GET' | 'POST',
    headers: request.headers.toJSON(),
    body: typeof request.body === 'string' ? request.body : null,
  });
  const known = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { request, status: statusCode, headers: new AnswerHeaders(known), bodyAsText: await body.text() };
}

/** Headers as that library wants to see them: whatever the case. */
class AnswerHeaders extends Map<string, string> {
  override get(name: string): string | undefined {
    return super.get(name.toLowerCase());
  }

  override has(name: string): boolean {
    return super.has(name.toLowerCase());
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this);
  }
}
