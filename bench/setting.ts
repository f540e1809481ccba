import type { GatewayHandle } from './gateway.ts';

type Admin = GatewayHandle['admin'];

/** The profile that is called. */
export const PROFILE = 'bench';

const TARGETS = 4;
const PRICE = { buckets: { input: '0.15', cachedInput: '0.075', output: '0.60' } };

/** Limits that are never reached: what is measured is the counting. */
const ALLOWANCES = [
  { name: 'bench money', scope: 'project', metric: 'money', window: 'month', limit: '1000000' },
  { name: 'bench requests', scope: 'project', metric: 'requests', window: 'minute', limit: '100000000' },
  { name: 'bench tokens', scope: 'project', metric: 'total_tokens', window: 'day', limit: '1000000000000' },
];

/** Provider, models, profile, allowances unless it is plain, and a token, whose text is returned. */
export async function configure(admin: Admin, simulatorUrl: string, isPlain: boolean): Promise<string> {
  await addProfile(admin, PROFILE, { driver: 'openai-compatible', baseUrl: `${simulatorUrl}/v1`, isPlain });
  if (!isPlain) for (const allowance of ALLOWANCES) await admin('POST', '/allowances?project=default', allowance);
  const issued = (await admin('POST', '/tokens', { name: PROFILE })) as { token: string };
  return issued.token;
}

interface Upstream {
  readonly driver: string;
  readonly baseUrl: string;
  readonly isPlain: boolean;
}

/** A provider and a profile of the same name: four targets to choose among by weight, or one when it is plain. */
export async function addProfile(admin: Admin, name: string, { driver, baseUrl, isPlain }: Upstream): Promise<void> {
  await admin('PUT', `/providers/by-name/${name}`, { driver, baseUrl, credential: { value: 'sk-simulator' } });
  const targets: { model: string; weight: number }[] = [];
  for (let weight = 1; weight <= (isPlain ? 1 : TARGETS); weight++) {
    const model = (await admin('POST', '/models', {
      provider: name,
      name: `${name}-${weight}`,
      upstreamId: 'sim-chat',
      operation: 'chat',
      price: PRICE,
    })) as { id: string };
    targets.push({ model: model.id, weight });
  }
  await admin('PUT', `/profiles/by-name/${name}`, { operation: 'chat', targets, routing: { strategy: 'weighted' } });
}
