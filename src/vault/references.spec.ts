import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemAccess } from '../common/http/access.js';
import { assertReferenceAllowed, parseReference, resolveReference } from './references.js';

describe(parseReference.name, () => {
  it.each([
    ['env:OPENAI_API_KEY', { kind: 'env', name: 'OPENAI_API_KEY' }],
    ['file:/run/secrets/openai', { kind: 'file', path: '/run/secrets/openai' }],
    ['sk-proj-123', undefined],
    ['env:', undefined],
    ['env:NOT A NAME', undefined],
    ['env:WAGGLE_MASTER_KEY', undefined],
    ['env:waggle_master_key', undefined],
    ['env:DATABASE_URL', undefined],
    ['env:PGPASSWORD', undefined],
    ['file:relative', undefined],
    ['file:/run/../etc/shadow', undefined],
    ['https://example.com', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });
});

describe(assertReferenceAllowed.name, () => {
  const root = systemAccess('t');

  it('lets the root tenant reach into the server, and nobody else', () => {
    expect(() => assertReferenceAllowed(root, 'env:KEY')).not.toThrow();
    for (const stranger of [
      { ...root, isRootTenant: false },
      { ...root, projectIds: ['p'] },
    ]) {
      expect(() => assertReferenceAllowed(stranger, 'env:KEY')).toThrow(/root tenant/);
    }
  });

  it('refuses what is no reference', () => {
    expect(() => assertReferenceAllowed(root, 'env:DATABASE_URL')).toThrow(/env:NAME/);
  });
});

describe(resolveReference.name, () => {
  let folder: string;
  let dataDir: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waggle-reference-'));
    dataDir = join(folder, 'data');
    await mkdir(dataDir);
    return () => rm(folder, { recursive: true });
  });
  afterEach(() => vi.unstubAllEnvs());

  it('reads a variable', async () => {
    vi.stubEnv('SOME_PROVIDER_KEY', 'sk-1');
    expect(await resolveReference('env:SOME_PROVIDER_KEY', dataDir)).toEqual({ kind: 'present', value: 'sk-1' });
    expect(await resolveReference('env:SOME_OTHER_KEY', dataDir)).toMatchObject({ kind: 'missing' });
  });

  it('reads a file without its last line break, anew each time', async () => {
    const path = join(folder, 'key');
    await writeFile(path, 'sk-1\n');
    expect(await resolveReference(`file:${path}`, dataDir)).toEqual({ kind: 'present', value: 'sk-1' });
    await writeFile(path, 'sk-2');
    expect(await resolveReference(`file:${path}`, dataDir)).toEqual({ kind: 'present', value: 'sk-2' });
  });

  it('says why there is nothing, and shows no content', async () => {
    const big = join(folder, 'big');
    await writeFile(big, 'x'.repeat(70_000));
    await writeFile(join(folder, 'empty'), '');
    await mkdir(join(folder, 'folder'));
    for (const [name, reason] of [
      ['absent', /ENOENT/],
      ['empty', /empty/],
      ['big', /too large/],
      ['data', /out of bounds/],
      ['folder', /no regular file/],
    ] as const) {
      const answer = await resolveReference(`file:${join(folder, name)}`, dataDir);
      expect(answer).toEqual({ kind: 'missing', reason: expect.stringMatching(reason) });
    }
  });

  it('does not reach our own keys or the kernel, not through a link either', async () => {
    await writeFile(join(dataDir, 'master.key'), 'k');
    await symlink(join(dataDir, 'master.key'), join(folder, 'link'));
    for (const path of [join(dataDir, 'master.key'), join(folder, 'link'), '/proc/self/environ']) {
      expect(await resolveReference(`file:${path}`, dataDir)).toEqual({
        kind: 'missing',
        reason: 'the file is out of bounds',
      });
    }
  });
});
