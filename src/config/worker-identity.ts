import { randomUUID } from 'node:crypto';

/** Which of the installation's processes this one is. */
export class WorkerIdentity {
  /** Names this run of this process, over all machines; a restart has another. */
  readonly instanceId = randomUUID();

  constructor(
    /** From 0; a worker that replaces a dead one takes over its slot, and with it its journal. */
    readonly slot: number = 0,
  ) {}
}
