import { StartError } from '../common/errors/start-error.js';
import { scrub } from '../common/logging/scrub.js';
import { ConfigError } from '../config/config-checks.js';

/** Says on standard error why the process ends: plainly when it is the operator's to mend, else with the stack. */
export function reportFailure(error: unknown): void {
  const isPlain = error instanceof StartError || error instanceof ConfigError;
  const text = error instanceof Error ? (isPlain ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${scrub(text)}\n`);
}
