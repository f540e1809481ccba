/** When tokens were last used, gathered in memory by the relay and written down now and then. */
export class TokenUses {
  private times = new Map<string, number>();

  /** Notes a use of a token, by its id; milliseconds since epoch. */
  note(tokenId: string, at: number): void {
    this.times.set(tokenId, at);
  }

  /** Takes the last use of each token since the call before, by token id. */
  take(): ReadonlyMap<string, number> {
    const taken = this.times;
    this.times = new Map();
    return taken;
  }
}
