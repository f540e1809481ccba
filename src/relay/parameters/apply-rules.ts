import { parseSpan, walkObject } from '../body/json-scan.js';
import { applySplices, type Splice } from '../body/splice.js';
import type { ParameterRule, ParameterRules } from './parameter-rules.js';

/** A body with rules applied. */
export interface RuledBody {
  readonly body: Buffer;
  /** The names of members that were left out. */
  readonly dropped: readonly string[];
  /** The names of members whose value was changed. */
  readonly changed: readonly string[];
  /** The names of members with which the call can't be made. */
  readonly refused: readonly string[];
}

interface Member {
  readonly name: string;
  /** Where its name begins, with the quote. */
  readonly start: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Applies rules to the members of the JSON object `raw`; everything else stays as it came. */
export function applyRules(raw: Buffer, rules: ParameterRules): RuledBody {
  const members: Member[] = [];
  walkObject(raw, { start: 0, end: raw.length }, (keyStart, keyEnd, valueStart, end) => {
    const name = raw.toString('utf8', keyStart, keyEnd);
    members.push({ name, start: keyStart - 1, nameEnd: keyEnd + 1, valueStart, end });
  });
  const names = new Set(members.map(({ name }) => name));
  const edit = new Edit(raw, members);
  for (const [index, member] of members.entries()) {
    const rule = rules.get(member.name);
    if (rule) edit.apply(index, member, { rule, names });
  }
  return { body: applySplices(raw, edit.splices), dropped: edit.dropped, changed: edit.changed, refused: edit.refused };
}

interface Ruling {
  readonly rule: ParameterRule;
  readonly names: ReadonlySet<string>;
}

class Edit {
  readonly splices: Splice[] = [];
  readonly dropped: string[] = [];
  readonly changed: string[] = [];
  readonly refused: string[] = [];
  /** How many members at the beginning are left out. */
  private gone = 0;

  constructor(
    private readonly raw: Buffer,
    private readonly members: readonly Member[],
  ) {}

  apply(index: number, member: Member, { rule, names }: Ruling): void {
    const value = parseSpan(this.raw, { start: member.valueStart, end: member.end });
    if (value === null) return;
    if (rule.kind === 'refuse') return void this.refused.push(member.name);
    if (rule.kind === 'clamp') return this.clamp(member, value, rule);
    if (rule.kind === 'drop') {
      if (value === rule.unless) return;
      this.dropped.push(member.name);
      return this.remove(index, member);
    }
    if (names.has(rule.to)) return this.remove(index, member); // the newer name counts
    this.splices.push({ start: member.start, end: member.nameEnd, bytes: Buffer.from(JSON.stringify(rule.to)) });
  }

  private clamp({ name, valueStart, end }: Member, value: unknown, { min, max }: { min: number; max: number }): void {
    if (typeof value !== 'number' || (value >= min && value <= max)) return;
    this.changed.push(name);
    const bytes = Buffer.from(String(Math.min(max, Math.max(min, value))));
    this.splices.push({ start: valueStart, end, bytes });
  }

  /** With the comma before it, or behind it where all before it are gone, too. */
  private remove(index: number, { start, end }: Member): void {
    const isFirst = this.gone === index;
    if (isFirst) this.gone++;
    const from = isFirst ? start : this.members[index - 1]!.end;
    const to = isFirst ? (this.members[index + 1]?.start ?? end) : end;
    this.splices.push({ start: from, end: to, bytes: Buffer.alloc(0) });
  }
}
