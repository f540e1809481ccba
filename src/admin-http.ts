import type { NestExpressApplication } from '@nestjs/platform-express';
import { json } from 'express';
import helmet from 'helmet';
import type { Config } from './config/config.js';
import { Authentication } from './identity/authentication.service.js';

const ADMIN = '/admin';

/**
 * What stands in front of the admin routes, and of them alone: security headers, who is calling, the JSON body. There
 * is no CORS: the console is served from here. The relay's routes pass through none of it.
 */
export function useAdminHttp(app: NestExpressApplication, { trustedProxies }: Config): void {
  app.set('trust proxy', [...trustedProxies]);
  app.use(ADMIN, helmet(), app.get(Authentication).middleware, json({ limit: '1mb' }));
}
