import { ApplicationConfig, MetadataScanner } from '@nestjs/core';
import { ModelsController } from '../../src/relay/models.controller.js';
import { RelayController } from '../../src/relay/relay.controller.js';
import { startTestApp } from '../support/test-app.js';

const PER_ROUTE = ['__guards__', '__interceptors__', '__pipes__'];

describe('the relay', () => {
  it('runs without guards and interceptors: the first one costs more than the rest of Nest', async () => {
    const gateway = await startTestApp();
    const config = gateway.app.get(ApplicationConfig);
    expect([...config.getGlobalGuards(), ...config.getGlobalRequestGuards()]).toEqual([]);
    expect([...config.getGlobalInterceptors(), ...config.getGlobalRequestInterceptors()]).toEqual([]);

    for (const controller of [RelayController, ModelsController]) {
      const prototype = controller.prototype as unknown as Record<string, object>;
      const handlers = new MetadataScanner().getAllMethodNames(prototype).map((name) => prototype[name]!);
      for (const target of [controller, ...handlers]) {
        expect(PER_ROUTE.filter((key) => Reflect.hasMetadata(key, target))).toEqual([]);
      }
    }
    await gateway.close();
  });
});
