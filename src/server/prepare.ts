import { NestFactory } from '@nestjs/core';
import type { Config } from '../config/config.js';
import { IdentityBootstrap } from '../identity/identity-bootstrap.service.js';
import { PrepareModule } from './prepare.module.js';
import { welcomeLines, type FirstStart } from './welcome.js';

/** An installation that is ready to be served. */
export interface Prepared {
  /** What to tell the operator once the gateway listens, given the address it listens on. */
  welcome(url: string): readonly string[];
}

/** Readies a migrated database for serving, before the first worker starts. Runs at every start, in one process. */
export async function prepare(config: Config): Promise<Prepared> {
  const context = await NestFactory.createApplicationContext(PrepareModule.with(config), {
    abortOnError: false,
    logger: ['error', 'fatal'],
  });
  try {
    const bootstrap = context.get(IdentityBootstrap);
    const first: FirstStart = await bootstrap.ensure({ adminKey: config.bootstrapAdminKey });
    return { welcome: (url) => welcomeLines(config.publicUrl ?? url, first) };
  } finally {
    await context.close();
  }
}
