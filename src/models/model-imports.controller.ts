import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { ModelImports } from './model-imports.service.js';
import { ModelReads } from './model-reads.service.js';
import { ImportModels, ImportView, toModelView } from './model.dto.js';

@ApiTags('models')
@Controller('admin/v1/providers/:id/models')
export class ModelImportsController {
  constructor(
    private readonly imports: ModelImports,
    private readonly reads: ModelReads,
  ) {}

  /** Adds models by their upstream ids, with what the catalogue knows of them. Those that are there are skipped. */
  @Post('import')
  @HttpCode(200)
  @Requires('models:write')
  async import(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: ImportModels,
  ): Promise<ImportView> {
    const { created, skipped } = await this.imports.import(access, id, body);
    return { created: (await this.reads.priced(created)).map(toModelView), skipped };
  }
}
