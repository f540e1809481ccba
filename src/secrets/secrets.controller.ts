import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, IfMatch, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import {
  CreateSecret,
  ListSecrets,
  ProjectQuery,
  PutSecret,
  SECRET_NAME,
  SECRET_NAME_RULE,
  SecretPage,
  SecretView,
  toSecretView,
  UpdateSecret,
} from './secret.dto.js';
import { SecretsAdmin } from './secrets-admin.service.js';

@ApiTags('secrets')
@Controller('admin/v1/secrets')
export class SecretsController {
  constructor(private readonly secrets: SecretsAdmin) {}

  /** Lists the secrets that the caller reaches, by name, without their values. */
  @Get()
  @Requires('secrets:read')
  async list(@Caller() access: Access, @Query() query: ListSecrets): Promise<SecretPage> {
    const { items, nextCursor } = await this.secrets.list(access, query);
    return { items: items.map(toSecretView), nextCursor };
  }

  /** Shows one secret, without its value. */
  @Get(':id')
  @Requires('secrets:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<SecretView> {
    return etag.on(toSecretView(await this.secrets.get(access, id)));
  }

  /** Seals a new secret. Answers 423 while the vault is locked. */
  @Post()
  @Idempotent()
  @Requires('secrets:write')
  async create(
    @Caller() access: Access,
    @Query() { project }: ProjectQuery,
    @Body() body: CreateSecret,
    @Etagged() etag: Etag,
  ): Promise<SecretView> {
    return etag.on(toSecretView(await this.secrets.create(access, { ...body, project })));
  }

  /** Seals a secret under this name (201), or replaces the value of the one that has it (200). */
  @Put('by-name/:name')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false })
  @Requires('secrets:write')
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(SECRET_NAME, SECRET_NAME_RULE.message)) { name, within }: NamedPlace,
    @Body() { value }: PutSecret,
    @Etagged() etag: Etag,
  ): Promise<SecretView> {
    const { secret, isNew } = await this.secrets.put(access, { name, value, project: within, expected: etag.expected });
    return etag.put(toSecretView(secret), isNew);
  }

  /** Renames a secret or replaces its value. */
  @Patch(':id')
  @Requires('secrets:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateSecret,
    @Etagged() etag: Etag,
  ): Promise<SecretView> {
    return etag.on(toSecretView(await this.secrets.update(access, { ...body, id, expected: etag.expected })));
  }

  /** Removes a secret. Answers 409 with what still needs it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('secrets:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.secrets.remove(access, id, expected);
  }
}
