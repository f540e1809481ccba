import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Authenticated, Open, Requires } from '../../src/common/http/requires.decorator.js';
import { assertEveryRouteIsGuarded, unguardedRoutes } from '../../src/identity/route-guards.js';
import { startTestApp } from '../support/test-app.js';

@Controller('forgetful')
class ForgetfulController {
  @Get('a')
  @Requires('models:read')
  required(): void {}

  @Get('b')
  @Authenticated()
  authenticated(): void {}

  @Get('c')
  @Open('for the test')
  open(): void {}

  @Get('d')
  forgotten(): void {}
}

@Module({ controllers: [ForgetfulController] })
class ForgetfulModule {}

describe('every route', () => {
  it('says what it requires, or that it is open', async () => {
    const gateway = await startTestApp();
    expect(unguardedRoutes(gateway.app)).toEqual([]);
    await gateway.close();
  });

  it('that says nothing stops the start', async () => {
    const app = await NestFactory.createApplicationContext(ForgetfulModule, { logger: false });
    expect(() => assertEveryRouteIsGuarded(app)).toThrow('ForgetfulController.forgotten');
    expect(unguardedRoutes(app)).toEqual(['ForgetfulController.forgotten']);
    await app.close();
  });
});
