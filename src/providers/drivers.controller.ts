import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Requires } from '../common/http/requires.decorator.js';
import { DriverView, PresetView, toDriverView } from './driver.dto.js';
import { allDrivers } from './drivers/registry.js';
import { PRESETS } from './presets.js';

@ApiTags('providers')
@Controller('admin/v1/drivers')
export class DriversController {
  /** Lists the dialects that the gateway speaks, each with the form for its credential. */
  @Get()
  @Requires('providers:read')
  list(): DriverView[] {
    return allDrivers().map(toDriverView);
  }

  /** Lists well-known addresses to choose from. */
  @Get('presets')
  @Requires('providers:read')
  presets(): PresetView[] {
    return [...PRESETS];
  }
}
