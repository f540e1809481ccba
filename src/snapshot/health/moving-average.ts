const RISE = 0.5;
const FALL = 0.1;

/** An average of recent times that believes bad news sooner than good. */
export class MovingAverage {
  /** Milliseconds; `undefined` before the first sample. */
  value: number | undefined;

  add(sample: number): void {
    const { value } = this;
    if (value === undefined) this.value = sample;
    else this.value = value + (sample - value) * (sample > value ? RISE : FALL);
  }
}
