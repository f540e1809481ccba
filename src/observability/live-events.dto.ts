import { Transform } from 'class-transformer';
import { IsIn, Matches } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { EVENT_KINDS, type AskedKind } from './live-event-rows.js';

/** The form of an event's id: a place in the order of all events. */
export const PLACE = /^\d{1,19}-\d{1,18}$/;

export class WatchEvents {
  /**
   * Only these kinds, comma-separated; all by default. Kinds that you may not read are left out.
   * @example request,health
   */
  @Omittable()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsIn(EVENT_KINDS, { each: true })
  kinds?: AskedKind[];

  /**
   * The id of the last event that was seen, to go on behind it; the header `Last-Event-ID` says the same.
   * @example 81234-19
   */
  @Omittable()
  @Matches(PLACE, { message: '$property must be the id of an event' })
  lastEventId?: string;
}
