import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { useAdminHttp } from './admin-http.js';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { assertEveryRouteIsGuarded } from './identity/route-guards.js';

/** The one way to build the app: the server and the tests both start here. */
export async function createApp(config: Config): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config), {
    bodyParser: false, // the relay reads its own bodies
    bufferLogs: true,
    routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
  });
  app.disable('x-powered-by');
  assertEveryRouteIsGuarded(app);
  useAdminHttp(app, config);
  return app;
}
