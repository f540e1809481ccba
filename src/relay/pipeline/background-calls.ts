import { findDriver } from '../../providers/drivers/registry.js';
import type { PendingResponses } from '../../responses/pending-responses.js';
import type { Candidate } from '../../routing/planner.js';
import { responseErrors } from '../response.errors.js';
import type { Call } from './call.js';
import { laneTo } from './lane.js';

const PARAM = 'background';
const RETRY_AFTER_SECONDS = 10;

/** Calls for responses that are made after them: for whom, and how many. */
export class BackgroundCalls {
  /** Calls that were let pass and are under way, by token. */
  private readonly passed = new Map<string, Set<Call>>();

  constructor(
    private readonly pending: Pick<PendingResponses, 'countOf'>,
    private readonly mostOfToken: number,
  ) {}

  /** Lets a resolved call pass that asks for one. Rejects with what is wrong with it. */
  async admit(call: Call): Promise<void> {
    if (settingOf(call, 'store') === false) throw responseErrors.background_needs_store({ param: 'store' });
    const candidates = call.candidates.filter((candidate) => canKeepOn(call, candidate));
    if (candidates.length === 0) throw responseErrors.background_not_supported({ param: PARAM });
    call.candidates = candidates;
    await this.enter(call);
    call.outlivesClient = true; // what it asks for is made all the same, and must be on record
  }

  /** The call has ended. */
  release(call: Call): void {
    const tokenId = call.token?.id ?? '';
    const passed = this.passed.get(tokenId);
    if (passed?.delete(call) && passed.size === 0) this.passed.delete(tokenId);
  }

  private async enter(call: Call): Promise<void> {
    const tokenId = call.token?.id ?? '';
    const pending = await this.pending.countOf(tokenId);
    const passed = this.passed.get(tokenId) ?? new Set();
    const coming = [...passed].filter(({ unfinished }) => !unfinished?.isNoted).length;
    if (pending + coming >= this.mostOfToken) {
      throw responseErrors.too_many_pending_responses({
        most: this.mostOfToken,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.passed.set(tokenId, passed.add(call));
    call.isBackground = true;
  }
}

/** Whether a resolved call asks for a response that is made after it, by itself or by its profile's policy. */
export function asksForBackground(call: Call): boolean {
  return settingOf(call, PARAM) === true;
}

/** A switch of the body, as it goes upstream. */
function settingOf({ body, profile }: Call, name: string): boolean | undefined {
  const { overrides, defaults } = profile?.policy ?? {};
  const given = overrides?.[name] ?? body?.slice(name) ?? defaults?.[name];
  return SWITCHES.get(given);
}

const SWITCHES: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
]);

/** Whether the candidate speaks Responses itself, and from one place: of several servers only one would know it. */
function canKeepOn(call: Call, candidate: Candidate): boolean {
  const driver = findDriver(candidate.provider.driver);
  const isOnePlace = (candidate.provider.endpoints?.length ?? 0) <= 1;
  return driver !== undefined && isOnePlace && laneTo(call, driver, candidate) === undefined;
}
