import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { systemAccess } from '../common/http/access.js';
import type { Config } from '../config/config.js';
import { IdentityBootstrap } from '../identity/identity-bootstrap.service.js';
import { ensureDemo, wantsDemo } from './demo.js';
import { startDemoSimulator } from './demo-simulator.js';
import { PrepareModule } from './prepare.module.js';
import { welcomeLines, type FirstStart } from './welcome.js';

/** An installation that is ready to be served. */
export interface Prepared {
  /** What to tell the operator once the gateway listens, given the address it listens on. */
  welcome(url: string): readonly string[];
  /** Stops what runs beside the workers: the demo's simulator. */
  close(): Promise<void>;
}

/** Readies a migrated database for serving, before the first worker starts. Runs at every start, in one process. */
export async function prepare(config: Config): Promise<Prepared> {
  const context = await NestFactory.createApplicationContext(PrepareModule.with(config), {
    abortOnError: false,
    logger: ['error', 'fatal'],
  });
  try {
    const bootstrap = context.get(IdentityBootstrap);
    const { tenantId, projectId, owner } = await bootstrap.ensure({ adminKey: config.bootstrapAdminKey });
    const simulator =
      config.isDemoWanted && (await wantsDemo(context.get(DataSource))) ? await startDemoSimulator(config) : undefined;
    const place = simulator && { projectId, simulatorUrl: simulator.url };
    const token = place && (await ensureDemo(context, systemAccess(tenantId), place));
    const first: FirstStart = { owner, token };
    return {
      welcome: (url) => welcomeLines(config.publicUrl ?? url, first),
      close: async () => simulator?.close(),
    };
  } finally {
    await context.close();
  }
}
