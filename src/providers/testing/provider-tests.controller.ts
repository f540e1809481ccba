import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../../common/http/id.pipe.js';
import { Caller, type Access } from '../../common/http/access.js';
import { Requires } from '../../common/http/requires.decorator.js';
import { ProviderDrafts } from '../provider-drafts.service.js';
import { ProvidersService } from '../providers.service.js';
import {
  TestDraftProvider,
  TestProvider,
  toTestView,
  toUpstreamModelView,
  TestView,
  UpstreamModelsView,
} from './provider-test.dto.js';
import { ProviderTests } from './provider-tests.service.js';

@ApiTags('providers')
@Controller('admin/v1/providers')
export class ProviderTestsController {
  constructor(
    private readonly providers: ProvidersService,
    private readonly drafts: ProviderDrafts,
    private readonly tests: ProviderTests,
  ) {}

  /** Tests a provider that isn't saved: lists its models, and makes one tiny call if a model is named. */
  @Post('test')
  @HttpCode(200)
  @Requires('providers:write')
  async testDraft(
    @Caller() access: Access,
    @Body() { upstreamId, operation, ...input }: TestDraftProvider,
  ): Promise<TestView> {
    const { provider, credential } = await this.drafts.draft(access, input);
    return toTestView(await this.tests.testDraft(provider, credential, { upstreamId, operation }));
  }

  /** Tests a provider: lists its models, and makes one tiny call of the model that is named, or one of its own. */
  @Post(':id/test')
  @HttpCode(200)
  @Requires('providers:write')
  async test(@Caller() access: Access, @Param('id', IdPipe) id: string, @Body() wish: TestProvider): Promise<TestView> {
    return toTestView(await this.tests.test(await this.providers.getOwn(access, id), wish));
  }

  /** Asks the provider which models it serves. */
  @Get(':id/upstream-models')
  @Requires('providers:read')
  async upstreamModels(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<UpstreamModelsView> {
    const models = await this.tests.discover(await this.providers.get(access, id));
    return { items: models.map(toUpstreamModelView) };
  }
}
