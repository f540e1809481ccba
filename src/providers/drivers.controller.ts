import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Config } from '../config/config.js';
import { mayReachServer } from '../vault/references.js';
import { DriverView, PresetView, toDriverView } from './driver.dto.js';
import { allDrivers } from './drivers/registry.js';
import { PRESETS } from './presets.js';

@ApiTags('providers')
@Controller('admin/v1/drivers')
export class DriversController {
  constructor(private readonly config: Config) {}

  /** Lists the dialects that the gateway speaks, each with the form for its credential. */
  @Get()
  @Requires('providers:read')
  list(@Caller() access: Access): DriverView[] {
    const clouds = mayReachServer(access) ? this.config.cloudIdentity : [];
    return allDrivers().map((driver) => toDriverView(driver, clouds));
  }

  /** Lists well-known addresses to choose from. */
  @Get('presets')
  @Requires('providers:read')
  presets(): PresetView[] {
    return [...PRESETS];
  }
}
