import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ModelsService, type NewModel } from '../models/models.service.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { ProvidersService } from '../providers/providers.service.js';
import { TokensService } from '../tokens/tokens.service.js';

export const DEMO_PROFILE = 'demo';
const PROVIDER = 'simulator';

/** What the simulator can do, with prices like those of small real models. */
const MODELS: readonly (NewModel & { name: string; profile: string })[] = [
  {
    name: 'sim-chat',
    upstreamId: 'sim-chat',
    operation: 'chat',
    capabilities: ['tools', 'json_schema'],
    contextWindow: 128_000,
    maxOutput: 16_384,
    price: { buckets: { input: '0.15', cachedInput: '0.075', output: '0.6' } },
    profile: DEMO_PROFILE,
  },
  {
    name: 'sim-embed',
    upstreamId: 'sim-embed',
    operation: 'embeddings',
    contextWindow: 8192,
    price: { buckets: { input: '0.02' } },
    profile: 'demo-embeddings',
  },
];

/** Whether this installation wants the demo: it has it already, or has no provider at all. */
export async function wantsDemo(database: DataSource): Promise<boolean> {
  const [{ wanted }] = await database.query<[{ wanted: boolean }]>(
    `select not exists (select from provider) or exists (select from provider where name = $1) as wanted`,
    [PROVIDER],
  );
  return wanted;
}

/**
 * Makes what the demo needs, as far as it is missing, and points the provider to where the simulator listens now.
 * Returns the text of a token if one was issued: only while the installation has never had any.
 */
export async function ensureDemo(
  context: INestApplicationContext,
  access: Access,
  { projectId, simulatorUrl }: { projectId: string; simulatorUrl: string },
): Promise<string | undefined> {
  const database = context.get(DataSource);
  const [existing] = await database.query<{ base_url: string; is_keyless: boolean }[]>(
    `select base_url, secret_id is null and credential_reference is null as is_keyless from provider where name = $1`,
    [PROVIDER],
  );
  const baseUrl = `${simulatorUrl}/v1`;
  // One that was given a credential is no longer the demo's to move.
  if (!existing || (existing.is_keyless && existing.base_url !== baseUrl)) {
    const place = { name: PROVIDER, projectId: null };
    await context.get(ProvidersService).put(access, place, { driver: 'openai-compatible', baseUrl });
  }
  const [{ is_fresh: isFresh }] = await database.query<[{ is_fresh: boolean }]>(
    `select not exists (select from token) as is_fresh`,
  );
  if (!isFresh) return undefined;
  await routeModels(context, access, projectId);
  const { token } = await context.get(TokensService).issue(access, { name: 'demo' }, projectId);
  return token ?? undefined;
}

async function routeModels(context: INestApplicationContext, access: Access, projectId: string): Promise<void> {
  const models = context.get(ModelsService);
  const profiles = context.get(ProfilesService);
  for (const { profile, ...wanted } of MODELS) {
    await models.put(access, { name: wanted.name, provider: PROVIDER }, wanted);
    const input = { operation: wanted.operation, targets: [{ model: `${PROVIDER}/${wanted.name}` }] };
    await profiles.put(access, { name: profile, within: projectId }, input, null);
  }
}
