import { bodyDigest } from './body-digest.js';

const json = (text: string) => ({ raw: Buffer.from(text), contentType: 'application/json' });

function form(boundary: string, value: string, { isQuoted = false } = {}) {
  const part = `content-disposition: form-data; name="model"\r\n\r\n${value}`;
  const raw = Buffer.from(`--${boundary}\r\n${part}\r\n--${boundary}--\r\n`);
  return { raw, contentType: `multipart/form-data; boundary=${isQuoted ? `"${boundary}"` : boundary}` };
}

describe('the digest of a body', () => {
  it('is the same for the same bytes, and for no others', () => {
    expect(bodyDigest('chat', json('{"a":1}'))).toEqual(bodyDigest('chat', json('{"a":1}')));
    expect(bodyDigest('chat', json('{"a":1}'))).not.toEqual(bodyDigest('chat', json('{"a":2}')));
    expect(bodyDigest('chat', json('{"a":1}'))).not.toEqual(bodyDigest('chat', json('{"a": 1}')));
  });

  it('tells endpoints apart', () => {
    expect(bodyDigest('chat', json('{}'))).not.toEqual(bodyDigest('responses', json('{}')));
  });

  it('does not mind the boundary of a form, which is new for each try', () => {
    expect(bodyDigest('audio', form('one', 'm'))).toEqual(bodyDigest('audio', form('another-one', 'm')));
    expect(bodyDigest('audio', form('one', 'm'))).toEqual(bodyDigest('audio', form('two', 'm', { isQuoted: true })));
    expect(bodyDigest('audio', form('one', 'm'))).not.toEqual(bodyDigest('audio', form('one', 'n')));
  });
});
