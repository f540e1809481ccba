import { StartError } from '../common/errors/start-error.js';
import { Config } from '../config/config.js';

const TIMEOUT_MS = 120_000;

/** What the commands that change something at run time go through: the admin API of a running server. */
export interface AdminApi {
  /** Sends JSON, or a text as it is. Throws what the server refused, in words for the operator. */
  call<T>(method: string, path: string, body?: object | string): Promise<T>;
}

/** The server at `WAGGLE_PUBLIC_URL`, or else the one that this environment would start, with `WAGGLE_ADMIN_KEY`. */
export function adminApi(env: NodeJS.ProcessEnv): AdminApi {
  const { publicUrl, host, port, adminKey } = Config.from(env);
  if (adminKey === undefined) throw new StartError('WAGGLE_ADMIN_KEY is not set: this command needs an admin key.');
  const base = (publicUrl ?? `http://${host}:${port}`).replace(/\/$/, '');
  return {
    async call<T>(method: string, path: string, body?: object | string): Promise<T> {
      const answer = await send(`${base}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new StartError(`${method} ${path}: ${refusalIn(text, answer.status)}`);
      return JSON.parse(text === '' ? 'null' : text) as T;
    },
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { message } = ((error as Error).cause as Error | undefined) ?? (error as Error);
    throw new StartError(`No server answers at ${url}: ${message}`, { cause: error });
  }
}

function refusalIn(text: string, status: number): string {
  try {
    const { code, title } = JSON.parse(text) as { code: string; title: string };
    return `${title} (${code})`;
  } catch {
    return `status ${status}`;
  }
}
