/** A threshold that was reached. It is noted once for each window. */
export class AllowanceEventView {
  at!: Date;
  /** @example 80 */
  percent!: number;
  /** The metadata value or the run; `null` for other scopes. */
  subject!: string | null;
  windowStart!: Date;
  /** What was spent then: USD for money, else a whole number. */
  settled!: string;
  limit!: string;
}

export class AllowanceEventList {
  /** The newest first, 200 at most. */
  items!: AllowanceEventView[];
}
