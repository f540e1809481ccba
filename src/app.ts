import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { useAdminHttp } from './admin-http.js';
import { AppModule } from './app.module.js';
import { createLogger } from './common/logging/logger.js';
import { NestLogger } from './common/logging/nest-logger.js';
import type { Config } from './config/config.js';
import type { WorkerIdentity } from './config/worker-identity.js';
import { FastLaneAdapter, openFastLane } from './relay/fast-lane.js';
import { rewritePath } from './relay/client/rewrite-path.js';
import { assertEveryRouteIsGuarded } from './identity/route-guards.js';

/** The one way to build the app: the server and the tests both start here. */
export async function createApp(config: Config, identity?: WorkerIdentity): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(config, identity),
    new FastLaneAdapter(config.keepAliveSeconds),
    {
      abortOnError: false,
      bodyParser: false, // the relay reads its own bodies
      logger: new NestLogger(createLogger({ level: config.logLevel, isReadable: config.isLogReadable })),
      routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
      routeResolutionStrategy: 'specificity', // `requests/export` goes before `requests/:id`
    },
  );
  app.disable('x-powered-by');
  assertEveryRouteIsGuarded(app);
  app.use(rewritePath);
  useAdminHttp(app, config);
  openFastLane(app);
  return app;
}
