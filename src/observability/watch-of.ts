import type { Access, GuardedRequest } from '../common/http/access.js';
import type { Permission } from '../common/http/permissions.js';
import { AppError } from '../common/errors/app-error.js';
import { EVENT_KINDS, type EventKind, type EventPlace, type KindReach } from './live-event-rows.js';
import { PLACE, type WatchEvents } from './live-events.dto.js';
import type { Watch } from './live-events.service.js';

/** What one must be allowed to read to watch a kind. */
const NEEDED: Readonly<Record<EventKind, Permission>> = {
  request: 'requests:read',
  skipped: 'requests:read',
  decision: 'requests:read',
  health: 'models:read',
  allowance: 'allowances:read',
  config: 'audit:read',
};

/** What a caller watches: of what it asked for, the kinds it may read, where it may read them. */
export function watchOf(request: GuardedRequest, { kinds = [...EVENT_KINDS], lastEventId }: WatchEvents): Watch {
  const { access } = request;
  if (!access) throw new Error('The route has no guard, so it has no caller.');
  const isOfCalls = kinds.includes('request') || kinds.includes('decision');
  const told: readonly EventKind[] = isOfCalls ? [...kinds, 'skipped'] : kinds;
  const reach = told.flatMap((kind): KindReach[] => {
    const allowed = accessFor(request, NEEDED[kind]);
    return allowed ? [{ kind, projects: allowed.projectIds === 'all' ? null : allowed.projectIds }] : [];
  });
  const header = request.headers['last-event-id'];
  return { tenantId: access.tenantId, reach, after: placeOf(lastEventId ?? String(header ?? '')) };
}

function accessFor({ principal }: GuardedRequest, permission: Permission): Access | undefined {
  try {
    return principal?.accessFor(permission);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** `undefined` for what is no place: a reader of something else begins now. */
function placeOf(text: string): EventPlace | undefined {
  if (!PLACE.test(text)) return undefined;
  const [xact = '', id = ''] = text.split('-');
  return { xact, id };
}
