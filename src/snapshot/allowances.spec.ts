import { AllowanceIndex, type AllowanceEntry } from './allowances.js';

function entry(id: string, changes: Partial<AllowanceEntry>): AllowanceEntry {
  return { id, tenantId: 't', subjectId: id, scope: 'project', metric: 'requests', ...changes } as AllowanceEntry;
}

describe(AllowanceIndex, () => {
  const ofModel = entry('a', { scope: 'model' });
  const ofKey = entry('b', { scope: 'metadata', subjectId: null });
  const ofProject = entry('c', {});

  it('knows whether any target is limited, as allowances come, change and go', () => {
    const index = AllowanceIndex.empty().with([ofProject, ofModel]);
    expect([AllowanceIndex.empty().limitsTargets, index.limitsTargets]).toEqual([false, true]);
    const changed = index.with([{ ...ofModel, limit: 5 }], ['a']);
    expect([changed.limitsTargets, changed.of('a').length, changed.size]).toEqual([true, 1, 2]);
    expect(changed.with([], ['a', 'a', 'x']).limitsTargets).toBe(false);
    expect(changed.with([{ ...ofModel, scope: 'profile' }], ['a']).limitsTargets).toBe(false);
  });

  it('finds those of metadata and runs as long as there are any', () => {
    const index = AllowanceIndex.empty().with([ofProject, ofKey, entry('d', { scope: 'run', subjectId: null })]);
    expect(index.ofMetadata('t').map(({ id }) => id)).toEqual(['b', 'd']);
    expect(index.ofMetadata('other')).toEqual([]);
    const left = index.with([], ['b']);
    expect(left.ofMetadata('t').map(({ id }) => id)).toEqual(['d']);
    expect(left.with([], ['d']).ofMetadata('t')).toEqual([]);
  });
});
