import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

function recorder(isReadable = false) {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', isReadable, destination: { write: (line) => void lines.push(line) } });
  return { lines, log, nest: new NestLogger(log) };
}

describe(NestLogger.name, () => {
  it('writes one JSON line a message, with its context and the fields given', () => {
    const { lines, nest } = recorder();
    nest.warn('Slow', { waitMs: 12 }, 'Relay');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', msg: 'Slow', context: 'Relay', waitMs: 12 });
  });

  it('keeps the stack of an error', () => {
    const { lines, nest } = recorder();
    nest.error(new TypeError('broken'), 'Relay');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'broken',
      err: { stack: expect.stringContaining('spec') },
    });
  });

  it('says nothing of what the level leaves out, nor of the framework starting its modules', () => {
    const { lines, nest } = recorder();
    nest.debug('detail', 'Relay');
    nest.log('dependencies initialized', 'InstanceLoader');
    expect(lines).toEqual([]);
  });

  it('never writes a secret, whether a field names it or the text shows it', () => {
    const { lines, nest } = recorder();
    nest.log('Signed in', { headers: { authorization: 'abc' }, password: 'hunter2' }, 'Relay');
    nest.error(new Error('connect postgres://waggle:hunter2@db/waggle failed'), 'Relay');
    expect(lines.join()).not.toMatch(/hunter2|abc/);
  });

  it('writes short lines for a terminal', () => {
    const { lines, nest } = recorder(true);
    nest.log('Ready', { port: 3000 }, 'Server');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d .*info .* Server: Ready port=3000\n$/);
  });
});
