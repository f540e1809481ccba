import { Injectable } from '@nestjs/common';
import { Journal } from '../journal/journal.js';
import { InFlight } from '../relay/client/in-flight.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { Vault } from '../vault/vault.service.js';

/** What the data plane is made of, for those who report on it. */
@Injectable()
export class ServingParts {
  constructor(
    readonly snapshot: CurrentSnapshot,
    readonly journal: Journal,
    readonly inFlight: InFlight,
    readonly vault: Vault,
  ) {}
}
