import type { TokenEntry } from '../snapshot/snapshot.js';
import type { BodyParts } from './body-facts.js';
import { BodyFeatures } from './body-features.js';
import { givenBody } from './given-body.js';

class Features extends BodyFeatures {
  readonly operation = 'chat';
  readonly seed = 0;
  readonly atMs = 0;
  readonly isStreamed = false;
  readonly hints = null;

  constructor(
    protected readonly body: BodyParts,
    protected readonly token: TokenEntry | undefined,
    private readonly headers: Record<string, string> = {},
  ) {
    super();
  }

  protected readHeader(name: string): string | undefined {
    return Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
  }

  protected nextTurn(): number {
    return 0;
  }
}

describe(BodyFeatures.name, () => {
  const token = { metadata: { team: 'bees' } } as unknown as TokenEntry;

  it('put what the operator wrote on the token before what the caller says', () => {
    const features = new Features(givenBody({ metadata: { team: 'ants', user: 'ada' } }), token);
    expect([features.metadata('team'), features.metadata('user'), features.metadata('other')]).toEqual([
      'bees',
      'ada',
      undefined,
    ]);
  });

  it.each(['constructor', 'toString', 'valueOf', '__proto__'])('have no %s that nobody gave', (name) => {
    const features = new Features(givenBody({ metadata: {} }), token);
    expect([features.metadata(name), features.metadata(name)]).toEqual([undefined, undefined]);
    expect([features.header(name), features.header(name)]).toEqual([undefined, undefined]);
  });

  it('read the names of inherited members when somebody gave them', () => {
    const features = new Features(givenBody({ metadata: { constructor: 'us' } }), token, { valueof: 'x' });
    expect([features.metadata('constructor'), features.header('valueof')]).toEqual(['us', 'x']);
  });
});
