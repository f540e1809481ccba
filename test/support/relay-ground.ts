import { randomUUID } from 'node:crypto';
import { issueCredential } from '../../src/common/credential.js';
import { Journal } from '../../src/journal/journal.js';
import type { DecisionRecord } from '../../src/journal/decision-record.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import type { AttemptRecord, RequestRecord } from '../../src/journal/ledger-record.js';
import { CurrentCredentials } from '../../src/snapshot/current-credentials.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { EntryMap } from '../../src/snapshot/entry-map.js';
import {
  profileKey,
  type ModelEntry,
  type ProfileEntry,
  type ProviderEntry,
  type TokenEntry,
} from '../../src/snapshot/snapshot.js';
import { StubUpstream } from './stub-upstream.js';
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.js';

const TENANT = randomUUID();
const PROJECT = randomUUID();

/** What a test wants of one profile and the model and provider behind it; everything has a default. */
export interface Route {
  readonly name?: string;
  readonly profile?: Partial<ProfileEntry>;
  readonly model?: Partial<ModelEntry>;
  readonly provider?: Partial<ProviderEntry>;
  /** Put before it in the order of preference: providers that nobody listens at. */
  readonly deadProviders?: number;
}

/** A call's row, with its decision read back. */
export type RecordedRow = Omit<RequestRecord, 'decision'> & {
  readonly decision: DecisionRecord | null;
  readonly tries: readonly AttemptRecord[];
};

/** The app with a hand-made configuration, a scripted upstream, and what it put on record. */
export interface RelayGround extends TestApp {
  readonly upstream: StubUpstream;
  readonly entries: LedgerEntry[];
  /** A token of the project, known from now on; returns its text. */
  token(entry?: Partial<TokenEntry>): string;
  /** A profile, known from now on. */
  route(route: Route): ProfileEntry;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** The row of a call, by its `x-request-id` or its model. */
  row(find: Response | string): Promise<RecordedRow>;
}

/** Starts it; the profile `m` leads to the upstream's model `upstream-m`. */
export async function startRelayGround(options: TestAppOptions = {}): Promise<RelayGround> {
  const upstream = await StubUpstream.start();
  const test = await startTestApp(options);
  const configuration = new Configuration(test, upstream.origin);
  const entries = recorded(test.app.get(Journal));
  configuration.route({});
  const token = configuration.token({});
  return {
    ...test,
    upstream,
    entries,
    token: (entry = {}) => configuration.token(entry),
    route: (route) => configuration.route(route),
    post: (path, body, init) =>
      test.send('POST', path, body, { ...init, headers: { authorization: `Bearer ${token}`, ...init?.headers } }),
    row: (find) => rowOf(entries, find),
    close: async () => {
      upstream.close();
      await test.close();
    },
  };
}

class Configuration {
  private revision = 1_000_000;

  constructor(
    private readonly test: TestApp,
    private readonly origin: string,
  ) {}

  token(entry: Partial<TokenEntry>): string {
    const { text, publicId, digest } = issueCredential('wgl');
    const token: TokenEntry = {
      id: randomUUID(),
      publicId,
      name: 'test',
      tenantId: TENANT,
      projectId: PROJECT,
      digest,
      previousDigest: null,
      previousUntil: 0,
      expiresAt: Infinity,
      scopes: null,
      profileIds: null,
      allowedAddresses: null,
      metadata: {},
      allowsHints: false,
      allowsDirectives: false,
      allowsWildcard: false,
      ...entry,
    };
    const { tokens } = this.snapshot.get();
    this.replace({ tokens: tokens.with([[token.publicId, token]]) });
    return text;
  }

  route({ name = 'm', profile = {}, model = {}, provider = {}, deadProviders = 0 }: Route): ProfileEntry {
    const live = this.provider({ ...provider });
    const dead = Array.from({ length: deadProviders }, () => this.provider({ origin: 'http://127.0.0.1:1' }));
    const operation = profile.operation ?? model.operation ?? 'chat';
    const models = [...dead, live].map(({ id }) =>
      this.model({ upstreamId: `upstream-${name}`, operation, ...model }, id),
    );
    const entry: ProfileEntry = {
      id: randomUUID(),
      tenantId: TENANT,
      projectId: PROJECT,
      name,
      aliases: [],
      description: null,
      revisionId: randomUUID(),
      operation,
      isEnabled: true,
      targets: models.map(({ id }) => ({
        id: randomUUID(),
        modelId: id,
        weight: 1,
        priority: 0,
        isEnabled: true,
        conditions: null,
      })),
      routing: null,
      attempts: null,
      cacheSeconds: null,
      policy: null,
      responseModel: 'profile',
      priceOverride: null,
      createdSeconds: 1_763_600_000,
      ...profile,
    };
    const { profiles, profileNames } = this.snapshot.get();
    const names = [entry.name, ...entry.aliases].map((text) => [profileKey(entry.projectId, text), entry.id] as const);
    this.replace({ profiles: profiles.with([[entry.id, entry]]), profileNames: profileNames.with(names) });
    return entry;
  }

  private provider(given: Partial<ProviderEntry>): ProviderEntry {
    const id = randomUUID();
    const entry: ProviderEntry = {
      id,
      name: 'stub',
      tenantId: TENANT,
      driver: 'openai',
      isEnabled: true,
      origin: this.origin,
      basePath: '/v1',
      needsCredential: true,
      extraHeaders: {},
      timeouts: { connectMs: 1000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 20_000 },
      generation: 1,
      ...given,
    };
    this.test.app.get(CurrentCredentials).set(entry.id, 'upstream-key');
    this.replace({ providers: this.snapshot.get().providers.with([[entry.id, entry]]) });
    return entry;
  }

  private model(given: Partial<ModelEntry>, providerId: string): ModelEntry {
    const id = randomUUID();
    const price = { id: randomUUID(), effectiveFrom: 0, tiers: [] };
    const entry: ModelEntry = {
      id,
      providerId,
      name: 'stub-model',
      upstreamId: 'upstream-m',
      operation: 'chat',
      capabilities: new Set(),
      contextWindow: 8000,
      maxOutput: null,
      defaults: null,
      isEnabled: true,
      weight: 1,
      prices: [{ ...price, buckets: { input: 1_000_000n, output: 2_000_000n, characters: 15_000_000n } }],
      ...given,
    };
    this.replace({ models: this.snapshot.get().models.with([[entry.id, entry]]) });
    return entry;
  }

  private get snapshot(): CurrentSnapshot {
    return this.test.app.get(CurrentSnapshot);
  }

  private replace(change: object): void {
    const before = this.snapshot.get();
    const empty = before.revision < this.revision ? { projects: EntryMap.empty<never>() } : {};
    this.snapshot.replace({ ...before, ...empty, ...change, revision: ++this.revision });
  }
}

/** Lets everything through to the real journal, and keeps a copy. */
function recorded(journal: Journal): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  const append = journal.append.bind(journal);
  journal.append = (entry) => {
    entries.push(entry);
    return append(entry);
  };
  return entries;
}

async function rowOf(entries: readonly LedgerEntry[], find: Response | string): Promise<RecordedRow> {
  const isMeant = ({ request }: LedgerEntry): boolean =>
    typeof find === 'string'
      ? request?.requested_model === find
      : `req_${request?.id.replaceAll('-', '')}` === find.headers.get('x-request-id');
  const entry = await vi.waitUntil(() => entries.findLast(isMeant), { timeout: 5000, interval: 5 });
  const decision = JSON.parse(JSON.stringify(entry.request!.decision)) as DecisionRecord | null;
  return { ...entry.request!, decision, tries: entry.attempts };
}
