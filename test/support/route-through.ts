import { Compiler } from '../../src/routing/compiler.service.js';
import type { Send } from './principals.js';
import type { TestApp } from './test-app.js';

/** A provider of the admin API with a profile before it. */
export interface Routed {
  readonly providerId: string;
  readonly modelId: string;
  /** Makes a chat through it, saying hi or what is given. */
  chat(text?: string): Promise<Response>;
}

let count = 0;

/** Makes a provider, its model, a profile that leads there and a token, all through the admin API. */
export async function routeThrough(
  gateway: TestApp,
  send: Send,
  provider: {
    readonly driver: string;
    readonly baseUrl: string;
    readonly credential?: object;
    readonly endpoints?: string[];
  },
): Promise<Routed> {
  const name = `${provider.driver}-${++count}`;
  const post = async (path: string, body: object): Promise<{ id: string; token: string }> => {
    const response = await send('POST', `/admin/v1/${path}`, body);
    const answer = (await response.json()) as { id: string; token: string };
    if (response.status !== 201) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const { id: providerId } = await post('providers', { name, ...provider });
  const { id: modelId } = await post('models', { provider: name, name, upstreamId: 'sim-chat', operation: 'chat' });
  await post('profiles?project=default', { name, targets: [{ model: modelId }] });
  const { token } = await post('tokens?project=default', { name });
  await gateway.app.get(Compiler).refresh();
  const init = { headers: { authorization: `Bearer ${token}` } };
  const chat = (content = 'Hi'): Promise<Response> => {
    const body = { model: name, messages: [{ role: 'user', content }] };
    return gateway.send('POST', '/v1/chat/completions', body, init);
  };
  return { providerId, modelId, chat };
}
