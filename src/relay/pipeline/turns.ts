/** Profiles that take turns are few; the count begins anew when there are more than that. */
const MAX_PROFILES = 10_000;

/** Counts the calls of profiles whose targets take turns, in this process. */
export class Turns {
  private readonly counts = new Map<string, number>();

  /** 0 for the first call of a profile. */
  next(profileId: string): number {
    const turn = this.counts.get(profileId) ?? 0;
    if (turn === 0 && this.counts.size >= MAX_PROFILES) this.counts.clear();
    this.counts.set(profileId, turn + 1);
    return turn;
  }
}
