import { createHash } from 'node:crypto';

/** What an upstream takes as the name or the id of a tool. */
export interface NameRule {
  /** Signs that it refuses. */
  readonly refused: RegExp;
  /** How many signs a name may have. */
  readonly most: number;
}

/** What most take. */
export const PLAIN: NameRule = { refused: /[^a-zA-Z0-9_-]/g, most: 64 };

const HASH_SIGNS = 8;
const NONE: ReadonlyMap<string, string> = new Map();

/** The name as the upstream takes it: itself, or what comes near with a hash of it, the same each time. */
export function plainName(name: string, { refused, most }: NameRule): string {
  const replaced = name.replace(refused, '_');
  if (replaced === name && name.length <= most && name !== '') return name;
  return marked(name, replaced, most);
}

function marked(name: string, replaced: string, most: number): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_SIGNS);
  return `${replaced.slice(0, most - HASH_SIGNS - 1)}_${hash}`;
}

/** The tools of one call under the names that its upstream takes, and the way back. */
export class ToolNames {
  private readonly shown = new Map<string, string>();
  private readonly given: ReadonlyMap<string, string>;
  private readonly taken: ReadonlySet<string>;

  /** Names of `given` come first; without a rule all others stay. */
  constructor(
    private readonly rule: NameRule | null,
    given?: ReadonlyMap<string, string> | null,
  ) {
    this.given = given ?? NONE;
    this.taken = new Set(this.given.values());
  }

  /** Whether no name had to change. */
  get isEmpty(): boolean {
    return this.shown.size === 0;
  }

  toUpstream(name: string): string {
    const plain = this.given.get(name) ?? this.free(this.rule ? plainName(name, this.rule) : name);
    if (plain !== name) this.shown.set(plain, name);
    return plain;
  }

  toClient(name: string): string {
    return this.shown.get(name) ?? name;
  }

  /** A name that is given to another tool would not find back. */
  private free(name: string): string {
    return this.taken.has(name) ? marked(name, name, (this.rule ?? PLAIN).most) : name;
  }
}
