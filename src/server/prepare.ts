import type { Config } from '../config/config.js';

/** What to tell the operator once the gateway listens, given the address it listens on. */
export type Welcome = (url: string) => readonly string[];

/** Readies a migrated database for serving, before the first worker starts. Runs at every start, in one process. */
export async function prepare(config: Config): Promise<Welcome> {
  return (url) => [`Waggle is ready at ${config.publicUrl ?? url}`];
}
