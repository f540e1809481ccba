import { declaredVariables } from './env.decorator.js';

/** What is looked at together. */
interface Given {
  readonly masterKey?: string;
  readonly masterKeyFile?: string;
  readonly vaultMode: string;
  readonly isProduction: boolean;
}

/** What can't go together; one line each. */
export function contradictions(config: Given): string[] {
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
export function misspelled(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(declaredVariables().map(({ name }) => name));
  return Object.keys(env)
    .filter((name) => name.startsWith('WAGGLE_') && !known.has(name))
    .map((name) => `${name}: there is no such variable; the README lists those there are`);
}
