import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { Config } from '../config/config.js';
import { TOKEN_VARIABLE } from './client-snippet.js';
import { clientSnippets } from './client-snippets.js';
import { toSnippetView, type ClientsView } from './profile-help.dto.js';
import { ProfileReads } from './profile-reads.service.js';

/** Tells how clients are set up for a profile. */
@Injectable()
export class ProfileClients {
  constructor(
    private readonly reads: ProfileReads,
    private readonly config: Config,
  ) {}

  /** `origin` is how the caller reached us; it counts when no public URL is configured. */
  async describe(access: Access, id: string, origin: string): Promise<ClientsView> {
    const { name: model, aliases, operation } = await this.reads.get(access, id);
    const baseUrl = `${(this.config.publicUrl ?? origin).replace(/\/+$/, '')}/v1`;
    const snippets = clientSnippets({ baseUrl, model, operation }).map(toSnippetView);
    const otherNames = [...aliases, `hive/${model}`];
    return { baseUrl, model, otherNames, tokenVariable: TOKEN_VARIABLE, snippets };
  }
}
