/** Our own settings and those of our libraries: keys and passwords of the gateway itself. */
const OWN = /^(WAGGLE_|PG|DATABASE_URL$|NODE_)/i;

/** Whether operators may refer to this environment variable from a row, as in `env:OPENAI_API_KEY`. */
export function isReferable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) && !OWN.test(name);
}

/** The value of an environment variable that rows may refer to; `undefined` when unset, empty or one of our own. */
export function readServerVariable(name: string): string | undefined {
  return isReferable(name) ? process.env[name] || undefined : undefined;
}
