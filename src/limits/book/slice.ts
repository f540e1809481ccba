/** What decides how much a worker is granted. */
export interface SliceInput {
  /** What is neither leased nor spent. */
  readonly room: number;
  /** What calls are waiting for. */
  readonly need: number;
  /** What the worker would like to have at hand. */
  readonly wish: number;
  /** How many workers may come for their share. */
  readonly workers: number;
}

/**
 * How much of a limit to grant: what is waited for, and of the rest a share that shrinks with the room, so that the last
 * of a limit goes call by call to whoever needs it. Never more than there is.
 */
export function sliceOf({ room, need, wish, workers }: SliceInput): number {
  if (room <= 0) return 0;
  const share = Math.floor(room / (2 * Math.max(1, workers)));
  return Math.min(room, Math.max(need, Math.min(wish, share)));
}
