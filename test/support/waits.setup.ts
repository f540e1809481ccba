/**
 * A wait that says nothing else gives up after this, not after vitest's one second: on a machine that has much else to do
 * everything takes as many times as long. What must happen within a time is measured, not waited for.
 */
const PATIENCE_MS = 15_000;

type Options = number | { timeout?: number; interval?: number } | undefined;

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));

function patient(options: Options): Options {
  return typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options };
}
