import { AllowanceIndex } from './allowances.js';
import { EntryMap } from './entry-map.js';
import type { Snapshot } from './snapshot.js';

/** A snapshot of an installation where nothing is configured yet. */
export function emptySnapshot(): Snapshot {
  return {
    revision: 0,
    tokens: EntryMap.empty(),
    projects: EntryMap.empty(),
    profiles: EntryMap.empty(),
    profileNames: EntryMap.empty(),
    models: EntryMap.empty(),
    providers: EntryMap.empty(),
    allowances: AllowanceIndex.empty(),
  };
}

/** Holds the snapshot in force. Readers take it once per request; the compiler replaces it whole. */
export class CurrentSnapshot {
  private current = emptySnapshot();
  private isLoaded = false;

  get(): Snapshot {
    return this.current;
  }

  /** Whether a first snapshot was compiled; before that the relay is not ready. */
  get isReady(): boolean {
    return this.isLoaded;
  }

  /** Puts `next` in force unless a newer one already is: a slow load can't bring an old value back. */
  replace(next: Snapshot): boolean {
    if (this.isLoaded && next.revision < this.current.revision) return false;
    this.current = next;
    this.isLoaded = true;
    return true;
  }
}
