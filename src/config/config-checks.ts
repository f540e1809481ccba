import { validateSync } from 'class-validator';
import { declaredVariables } from './env.decorator.js';

/** What is looked at together. */
interface Given {
  readonly masterKey?: string;
  readonly masterKeyFile?: string;
  readonly vaultMode: string;
  readonly isProduction: boolean;
}

/** The environment is wrong; the message lists every problem, one a line. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** All that is wrong with it, one a line. */
export function problemsOf(config: Given, env: NodeJS.ProcessEnv): string[] {
  return [...invalidValues(config, env), ...contradictions(config), ...misspelled(env)];
}

const SECRETS = new Set([
  'WAGGLE_MASTER_KEY',
  'WAGGLE_BOOTSTRAP_ADMIN_KEY',
  'WAGGLE_ADMIN_KEY',
  'DATABASE_URL',
  'WAGGLE_PROVIDERS',
]);

function invalidValues(config: object, env: NodeJS.ProcessEnv): string[] {
  return validateSync(config).map(({ property, constraints = {} }) => {
    const name = declaredVariables().find((variable) => variable.property === property)?.name ?? property;
    const shown = SECRETS.has(name) ? 'the value given' : JSON.stringify(env[name]);
    return `${name}: ${shown} is refused: ${Object.values(constraints).join('; ').replaceAll(property, 'it')}`;
  });
}

/** What can't go together; one line each. */
function contradictions(config: Given): string[] {
  const problems: string[] = [];
  if (config.masterKey !== undefined && config.masterKeyFile !== undefined) {
    problems.push('WAGGLE_MASTER_KEY and WAGGLE_MASTER_KEY_FILE are both set: give one of them');
  }
  const hasMasterKey = config.masterKey !== undefined || config.masterKeyFile !== undefined;
  if (config.isProduction && config.vaultMode === 'master-key' && !hasMasterKey) {
    problems.push('WAGGLE_MASTER_KEY: production needs it or WAGGLE_MASTER_KEY_FILE; none is generated there');
  }
  return problems;
}

/** A misspelled variable would be ignored silently; so an unknown `WAGGLE_` name is a problem. */
function misspelled(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(declaredVariables().map(({ name }) => name));
  return Object.keys(env)
    .filter((name) => name.startsWith('WAGGLE_') && !known.has(name))
    .map((name) => `${name}: there is no such variable; the README lists those there are`);
}
