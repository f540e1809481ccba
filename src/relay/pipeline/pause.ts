import type { Call } from './call.js';

/** Waits between two attempts; not longer than the call itself lasts. */
export function pause(call: Call, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      call.wake = undefined;
      resolve();
    };
    const timer = setTimeout(end, ms);
    call.wake = end;
  });
}
