const MAX_NOTES = 40;
const MAX_NAME = 64;

/** What a translation could not carry over, to be told to the client in headers. */
export class Notes {
  private readonly lost = new Set<string>();
  private readonly dropped = new Set<string>();

  /** Something of the content only comes near to what was said. */
  lose(what: string): void {
    if (this.lost.size < MAX_NOTES) this.lost.add(headerSafe(what));
  }

  /** A setting of the client's has no effect, under its own name. */
  drop(name: string): void {
    if (this.dropped.size < MAX_NOTES) this.dropped.add(headerSafe(name));
  }

  /** The names of all settings that have no effect. */
  get droppedNames(): readonly string[] {
    return [...this.dropped];
  }

  /** Adds `x-waggle-loss` and `x-waggle-dropped` where there is something to tell. */
  addTo(headers: Record<string, string>): void {
    if (this.lost.size > 0) headers['x-waggle-loss'] = [...this.lost].join(', ');
    if (this.dropped.size > 0) headers['x-waggle-dropped'] = [...this.dropped].join(', ');
  }
}

/** Names come from clients: none may break out of a header. */
function headerSafe(name: string): string {
  return name.replaceAll(/[^\w.[\]-]/g, '_').slice(0, MAX_NAME);
}
