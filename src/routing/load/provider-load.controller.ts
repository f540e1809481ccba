import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../../common/http/access.js';
import { Requires } from '../../common/http/requires.decorator.js';
import { ProvidersService } from '../../providers/providers.service.js';
import { toEntry } from '../../providers/provider-shape.js';
import { CurrentViews } from '../../snapshot/current-views.js';
import { ProviderLoadView, toProviderLoadView } from './provider-load.dto.js';

@ApiTags('providers')
@Controller('admin/v1/providers')
export class ProviderLoadController {
  constructor(
    private readonly providers: ProvidersService,
    private readonly views: CurrentViews,
  ) {}

  /** Shows what its servers have to do, where they tell: calls that run and wait, and how full their memory for prompts is. */
  @Get(':id/load')
  @Requires('providers:read')
  async load(@Caller() access: Access, @Param('id', ParseUUIDPipe) id: string): Promise<ProviderLoadView> {
    return toProviderLoadView(toEntry(await this.providers.get(access, id)), this.views.loads);
  }
}
