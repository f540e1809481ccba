import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { Writes, type Write } from '../../audit/writes.service.js';
import { systemAccess, type Access } from '../../common/http/access.js';
import { Egress } from '../egress/egress.service.js';
import { ProviderRows, type ProviderInput, type SourceMark } from '../provider-rows.service.js';
import { blankProvider, DEFAULT_TIMEOUTS } from '../provider-shape.js';
import { Provider } from '../provider.entity.js';
import type { ProviderDefinition } from './provider-definition.dto.js';
import type { FoundDefinition } from './provider-definitions.service.js';

const SYNC_LOCK = 'waggle providers of the environment';

/** Nothing was different after all, so the transaction ends without a write. */
class NothingToDo extends Error {}

/**
 * Mirrors definitions from outside into the root tenant's table. Every worker may: an advisory lock lets one at a time,
 * and the others find nothing left to do. Ids are kept by name.
 */
@Injectable()
export class ProviderMirror {
  private readonly logger = new Logger(ProviderMirror.name);

  constructor(
    private readonly database: DataSource,
    private readonly writes: Writes,
    private readonly egress: Egress,
    private readonly rows: ProviderRows,
  ) {}

  /** Brings the table in line with the definitions, in one transaction. False: there is no root tenant yet. */
  async sync(found: readonly FoundDefinition[]): Promise<boolean> {
    const [root] = await this.database.query<{ id: string }[]>(`select id from tenant where is_root`);
    if (!root) return false;
    const access = systemAccess(root.id, 'providers from outside');
    try {
      await this.writes.run(access, (write) => this.mirror(write, access, found));
    } catch (error) {
      if (!(error instanceof NothingToDo)) throw error;
    }
    return true;
  }

  private async mirror(write: Write, access: Access, found: readonly FoundDefinition[]): Promise<void> {
    await write.manager.query(`select pg_advisory_xact_lock(hashtext($1))`, [SYNC_LOCK]);
    const rows = await tenantWideRows(write.manager, access.tenantId);
    let changes = 0;
    for (const item of found) changes += await this.mirrorOne(write, access, rows.get(item.definition.name), item);
    const names = new Set(found.map(({ definition }) => definition.name));
    const gone = [...rows.values()].filter(({ name, source }) => source !== 'managed' && !names.has(name));
    for (const provider of gone) changes += await this.retire(write, access, provider);
    if (changes === 0) throw new NothingToDo();
  }

  private async mirrorOne(
    write: Write,
    access: Access,
    row: Provider | undefined,
    { definition, source, origin }: FoundDefinition,
  ): Promise<0 | 1> {
    if (row?.source === 'managed') {
      this.logger.error(`${origin} defines provider "${row.name}", which exists already: rename one of them.`);
      return 0;
    }
    const provider = row ?? blankProvider(access, null);
    const sourceDigest = digestOf(provider.id, definition);
    if (provider.sourceDigest === sourceDigest && provider.origin === origin) return 0;
    const settings = await this.usable(definition, origin);
    if (!settings) return 0;
    const mark: SourceMark = { source, origin, sourceDigest, credentialReference: referenceOf(definition) };
    if (row) await this.rows.change(write, access, row, { ...settings, mark });
    else await this.rows.insert(write, access, Object.assign(provider, mark), settings);
    return 1;
  }

  /** The definition as settings where what it leaves out is the default; nothing when its address is not allowed. */
  private async usable(definition: ProviderDefinition, origin: string): Promise<ProviderInput | undefined> {
    const { name, driver, endpoints = [], extraHeaders = {}, timeouts, isEnabled = true } = definition;
    const { catalogueProvider = null } = definition;
    const url = await this.egress.checkBaseUrl(definition.baseUrl);
    if ('problem' in url) {
      this.logger.error(`Provider "${name}" of ${origin} is not served: its baseUrl ${url.problem}.`);
      return undefined;
    }
    const further = await Promise.all(endpoints.map((endpoint) => this.egress.checkBaseUrl(endpoint)));
    const problem = further.find((endpoint) => 'problem' in endpoint);
    if (problem) {
      this.logger.error(`Provider "${name}" of ${origin} is not served: an endpoint ${problem.problem}.`);
      return undefined;
    }
    const hrefs = further.flatMap((endpoint) => ('href' in endpoint ? [endpoint.href] : []));
    const all = { name, driver, baseUrl: url.href, endpoints: hrefs, extraHeaders, isEnabled, catalogueProvider };
    return { ...all, timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts } };
  }

  /** A provider that is no longer defined goes; one that models still need stays, disabled. */
  private async retire(write: Write, access: Access, provider: Provider): Promise<0 | 1> {
    if (!(await this.rows.isInUse(write.manager, provider))) {
      await this.rows.erase(write, access, provider);
      return 1;
    }
    if (!provider.isEnabled && provider.sourceDigest === null) return 0;
    const { source, origin } = provider;
    const mark: SourceMark = { source, origin, sourceDigest: null, credentialReference: null };
    await this.rows.change(write, access, provider, { isEnabled: false, mark });
    return 1;
  }
}

async function tenantWideRows(manager: EntityManager, tenantId: string): Promise<Map<string, Provider>> {
  const rows = await manager
    .createQueryBuilder(Provider, 'provider')
    .where('provider.tenantId = :tenantId and provider.projectId is null', { tenantId })
    .setLock('pessimistic_write')
    .getMany();
  return new Map(rows.map((row) => [row.name, row]));
}

function referenceOf({ name, apiKey, credential }: ProviderDefinition): string | null {
  return credential ?? (apiKey === undefined ? null : `source:${name}`);
}

/** Cut short on purpose: it tells that a definition changed, and is too little to check a guessed key against. */
function digestOf(id: string, definition: ProviderDefinition): string {
  return createHash('sha256')
    .update(JSON.stringify([id, definition]))
    .digest('hex')
    .slice(0, 8);
}
