/** Ctrl-C reaches npm and us, and npm passes it on: what comes this soon after is the same request to stop. */
const ECHO_MS = 1000;

/** What the operator asked for with SIGINT or SIGTERM. */
export interface StopSignals {
  /** Finish what is in flight, then stop. */
  readonly stop: AbortSignal;
  /** Asked a second time: stop without waiting for anybody. */
  readonly force: AbortSignal;
}

/** Listens from now on; the process no longer ends by these signals on its own. A third one ends it at once. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  let since = 0;
  const onSignal = (): void => {
    if (Date.now() - since < ECHO_MS) return;
    since = Date.now();
    if (!stop.signal.aborted) stop.abort();
    else if (!force.signal.aborted) force.abort();
    else process.exit(1);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  // A terminal that closes takes its programs along; a server without one is being asked to read its files again.
  process.on('SIGHUP', () => (process.stdout.isTTY ? onSignal() : undefined));
  return { stop: stop.signal, force: force.signal };
}

/** Resolves when the signal fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
