import { JsonText } from '../../journal/json-text.js';

/** What a call was charged, by counter, for the ledger. */
export class Charges {
  private readonly counterIds: string[] = [];
  private readonly amounts: number[] = [];

  /** A call may be charged to a counter more than once: by two models of one provider. */
  add(counterId: string, amount: number): void {
    const known = this.counterIds.indexOf(counterId);
    if (known >= 0) {
      this.amounts[known]! += amount;
      return;
    }
    this.counterIds.push(counterId);
    this.amounts.push(amount);
  }

  /** An object of amounts by the counters' ids; `undefined` when nothing was charged. */
  get record(): JsonText | undefined {
    let text = '';
    for (let i = 0; i < this.counterIds.length; i++) {
      text += `${i === 0 ? '{' : ','}"${this.counterIds[i]!}":${this.amounts[i]!}`;
    }
    return text === '' ? undefined : new JsonText(`${text}}`);
  }
}
