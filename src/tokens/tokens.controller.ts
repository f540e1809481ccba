import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, type Etag } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import {
  IssueToken,
  ListTokens,
  PutToken,
  RotateToken,
  TOKEN_NAME,
  TOKEN_NAME_RULE,
  TokenPlace,
  UpdateToken,
} from './token.dto.js';
import { IssuedTokenView, TokenPage, TokenView } from './token-view.dto.js';
import { TokenReads } from './token-reads.service.js';
import { TokensService } from './tokens.service.js';

@ApiTags('tokens')
@Controller('admin/v1/tokens')
export class TokensController {
  constructor(
    private readonly tokens: TokensService,
    private readonly reads: TokenReads,
  ) {}

  /** Lists tokens, the newest first. */
  @Get()
  @Requires('tokens:read')
  list(@Caller() access: Access, @Query() query: ListTokens): Promise<TokenPage> {
    return this.reads.list(access, query);
  }

  /** Shows the project's token of this name. */
  @Get('by-name/:name')
  @Requires('tokens:read')
  async getByName(
    @Caller() access: Access,
    @Param('name') name: string,
    @Query() { project }: TokenPlace,
    @Etagged() etag: Etag,
  ): Promise<TokenView> {
    return etag.on(await this.reads.getByName(access, name, project));
  }

  /** Shows one token. */
  @Get(':id')
  @Requires('tokens:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<TokenView> {
    return etag.on(await this.reads.get(access, id));
  }

  /** Issues a token. The answer has its text, this once. */
  @Post()
  @Idempotent()
  @Requires('tokens:write')
  async issue(
    @Caller() access: Access,
    @Query() { project }: TokenPlace,
    @Body() body: IssueToken,
    @Etagged() etag: Etag,
  ): Promise<IssuedTokenView> {
    return etag.on(await this.tokens.issue(access, body, project));
  }

  /** Issues the token of this name (201, with its text), or changes what is sent of it (200, without). */
  @Put('by-name/:name')
  @Requires('tokens:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false, description: 'The project, by id or name.' })
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(TOKEN_NAME, TOKEN_NAME_RULE)) place: NamedPlace,
    @Body() body: PutToken,
    @Etagged() etag: Etag,
  ): Promise<IssuedTokenView> {
    const { view, isNew } = await this.tokens.put(access, place, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('tokens:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateToken,
    @Etagged() etag: Etag,
  ): Promise<TokenView> {
    return etag.on(await this.tokens.update(access, id, body, etag.expected));
  }

  /** Gives the token a new text; the old one works on for as long as you say. */
  @Post(':id/rotate')
  @HttpCode(200)
  @Requires('tokens:write')
  async rotate(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: RotateToken,
    @Etagged() etag: Etag,
  ): Promise<IssuedTokenView> {
    return etag.on(await this.tokens.rotate(access, id, body, etag.expected));
  }

  /** Ends the token for good, everywhere within a second. */
  @Post(':id/revoke')
  @HttpCode(200)
  @Requires('tokens:write')
  async revoke(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<TokenView> {
    return etag.on(await this.tokens.revoke(access, id, etag.expected));
  }
}
