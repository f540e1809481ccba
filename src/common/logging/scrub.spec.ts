import { scrub } from './scrub.js';

const SECRET = 'q7VYkq0pT3mJ5sX9bN2wR8dF4hL6cZ1aE-_gUiOyPxM';

describe(scrub.name, () => {
  it.each([
    [`token wgl_0123456789abcdef_${SECRET}abc123 was used`, 'token wgl_0123456789abcdef_[redacted] was used'],
    [`key wgla_0123456789abcdef_${SECRET}abc123`, 'key wgla_0123456789abcdef_[redacted]'],
    [`"authorization":"Bearer ${SECRET}"`, '"authorization":"Bearer [redacted]"'],
    [`refused sk-proj-${SECRET}`, 'refused sk-proj-[redacted]'],
    ['at postgres://waggle:hunter2@127.0.0.1:5432/waggle', 'at postgres://waggle:[redacted]@127.0.0.1:5432/waggle'],
    ['https://user:p%40ss@example.com/v1', 'https://user:[redacted]@example.com/v1'],
  ])('takes the secret out of %s', (line, expected) => {
    expect(scrub(line)).toBe(expected);
  });

  it.each([
    'http://127.0.0.1:3000/docs',
    '2026-11-20T10:00:00Z task-5 done',
    'a@b.example asked for https://x.example',
  ])('leaves %s alone', (line) => {
    expect(scrub(line)).toBe(line);
  });
});
