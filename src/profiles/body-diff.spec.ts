import { diffBodies } from './body-diff.js';

describe(diffBodies, () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['nothing', { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, []],
    ['a missing value that is null', { a: null }, {}, []],
    ['a changed value', { a: 1 }, { a: 2 }, [{ path: '/a', before: 1, after: 2 }]],
    ['a nested value', { a: { b: true } }, { a: { b: false } }, [{ path: '/a/b', before: true, after: false }]],
    ['what was added', { a: [] }, { a: ['x'] }, [{ path: '/a/0', before: null, after: 'x' }]],
    ['what was removed', { a: { b: 1 } }, { a: null }, [{ path: '/a', before: { b: 1 }, after: null }]],
    ['a list for an object', { a: [1] }, { a: { 0: 1 } }, [{ path: '/a', before: [1], after: { 0: 1 } }]],
    ['keys with slashes and tildes', { 'a/b~': 1 }, {}, [{ path: '/a~1b~0', before: 1, after: null }]],
  ])('finds %s', (_, before, after, changes) => {
    expect(diffBodies(before, after)).toEqual(changes);
  });
});
