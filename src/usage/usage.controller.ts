import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { TokenReads } from '../tokens/token-reads.service.js';
import { AnswerFormat, type Format } from './in-format.js';
import { Reports } from './reports.service.js';
import {
  UsageBreakdown,
  UsageBreakdownQuery,
  UsageQuery,
  UsageSeries,
  UsageSeriesQuery,
  UsageTotals,
} from './usage.dto.js';
import { UsageWindows, UsageWindowsQuery } from './windows.dto.js';
import { Windows } from './windows.service.js';

@ApiTags('usage')
@ApiProduces('application/json', 'text/csv')
@Controller('admin/v1')
export class UsageController {
  constructor(
    private readonly reports: Reports,
    private readonly tokens: TokenReads,
    private readonly lately: Windows,
  ) {}

  /** Sums everything in a range. */
  @Get('usage/totals')
  @Requires('usage:read')
  @ApiOkResponse({ type: UsageTotals })
  async totals(
    @Caller() access: Access,
    @Query() query: UsageQuery,
    @AnswerFormat() format: Format,
  ): Promise<UsageTotals | StreamableFile> {
    return format.in('usage-totals', await this.reports.totals(access, query), (totals) => [totals]);
  }

  /** Sums by minute, hour, day or month of any time zone; an interval in which nothing happened is there, with zeros. */
  @Get('usage/series')
  @Requires('usage:read')
  @ApiOkResponse({ type: UsageSeries })
  async series(
    @Caller() access: Access,
    @Query() query: UsageSeriesQuery,
    @AnswerFormat() format: Format,
  ): Promise<UsageSeries | StreamableFile> {
    return format.in('usage-series', await this.reports.series(access, query), ({ items }) => items);
  }

  /** Sums by token, profile, model, provider, project, operation or metadata value, the dearest first. */
  @Get('usage/breakdown')
  @Requires('usage:read')
  @ApiOkResponse({ type: UsageBreakdown })
  async breakdown(
    @Caller() access: Access,
    @Query() query: UsageBreakdownQuery,
    @AnswerFormat() format: Format,
  ): Promise<UsageBreakdown | StreamableFile> {
    return format.in('usage-breakdown', await this.reports.breakdown(access, query), ({ items }) => items);
  }

  /** Sums the last minute, five minutes, hour and day by model, provider, token or mode. */
  @Get('usage/windows')
  @Requires('usage:read')
  windows(@Caller() access: Access, @Query() query: UsageWindowsQuery): Promise<UsageWindows> {
    return this.lately.get(access, query);
  }

  /** Sums what one token was used for. */
  @Get('tokens/:id/usage')
  @Requires('usage:read')
  @ApiOkResponse({ type: UsageTotals })
  async ofToken(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Query() query: UsageQuery,
    @AnswerFormat() format: Format,
  ): Promise<UsageTotals | StreamableFile> {
    const { id: token } = await this.tokens.get(access, id);
    return format.in('token-usage', await this.reports.totals(access, { ...query, token }), (totals) => [totals]);
  }
}
