import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects all garbage and gives the memory back to the system: V8's empty pages, then the C library's free chunks, of which
 * large bodies leave a third of the memory behind. Stops the process for about 150 ms; code has to be compiled anew then.
 */
export function memoryFreer(): () => void {
  const collect = collector();
  let trim: (() => void) | undefined;
  return () => {
    collect();
    trim ??= trimmer();
    trim();
  };
}

/** V8's collector, which Node shows only to those who ask for it by a flag; `last-resort` also gives pages back. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  setFlagsFromString('--no-expose-gc');
  return () => void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * `malloc_trim(0)` of glibc, by Node's experimental interface to native functions. Where either is missing (musl, an older Node),
 * nothing is trimmed.
 */
function trimmer(): () => void {
  try {
    const library = process.getBuiltinModule('node:ffi').dlopen(null, {
      malloc_trim: { arguments: ['u64'], return: 'i32' },
    });
    return () => void library.functions.malloc_trim(0n);
  } catch {
    return () => undefined;
  }
}
