import { parseBaseUrl, splitBaseUrl } from './base-url.js';
import { egressPolicy } from './egress-policy.js';

const strict = egressPolicy([], false);

describe(parseBaseUrl.name, () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com', '/v1', 'api.openai.com'],
    ['https://api.openai.com/v1/', 'https://api.openai.com', '/v1', 'api.openai.com'],
    ['HTTPS://API.OpenAI.com:443', 'https://api.openai.com', '', 'api.openai.com'],
    ['https://api.openai.com./v1', 'https://api.openai.com', '/v1', 'api.openai.com'],
    ['https://api。openai。com/v1', 'https://api.openai.com', '/v1', 'api.openai.com'],
    ['http://8.8.8.8:8000/v1', 'http://8.8.8.8:8000', '/v1', '8.8.8.8'],
    ['http://[2606:4700::1111]/v1', 'http://[2606:4700::1111]', '/v1', '2606:4700::1111'],
    ['https://münchen.example/v1', 'https://xn--mnchen-3ya.example', '/v1', 'xn--mnchen-3ya.example'],
  ])('takes %s', (text, origin, basePath, host) => {
    expect(parseBaseUrl(text, strict)).toEqual({ origin, basePath, host, href: origin + basePath });
  });

  it.each([
    // loopback, in every spelling
    'http://127.0.0.1/v1',
    'http://127.1/v1',
    'http://0x7f000001/v1',
    'http://2130706433/v1',
    'http://0177.0.0.1/v1',
    'http://0x7f.0.0.1/v1',
    'http://127.000.000.001/v1',
    'http://127.0.0.1./v1',
    'http://%31%32%37.0.0.1/v1',
    'http://127。0。0。1/v1',
    'http://①②⑦.0.0.1/v1',
    'http://localhost/v1',
    'http://LOCALHOST./v1',
    'http://api.localhost/v1',
    'http://[::1]/v1',
    'http://[0:0:0:0:0:0:0:1]/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://[::ffff:7f00:1]/v1',
    'http://[64:ff9b::127.0.0.1]/v1',
    'http://[::127.0.0.1]/v1',
    // this host, this network, everyone
    'http://0/v1',
    'http://0.0.0.0/v1',
    'http://[::]/v1',
    'http://255.255.255.255/v1',
    'http://224.0.0.1/v1',
    'http://240.0.0.1/v1',
    // private
    'http://10.0.0.1/v1',
    'http://172.16.0.1/v1',
    'http://192.168.1.1/v1',
    'http://100.64.0.1/v1',
    'http://[fd00::1]/v1',
    'http://[::ffff:10.0.0.1]/v1',
    'http://[64:ff9b::10.0.0.1]/v1',
    'http://[64:ff9b:1::10.0.0.1]/v1',
    'http://[2002:7f00:1::]/v1',
    // link-local and metadata
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/latest/meta-data',
    'http://0xa9fea9fe/',
    'http://169.254.43518/',
    'http://[fe80::1]/v1',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[fd00:ec2::254]/latest',
    'http://100.100.100.200/latest',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://METADATA.google.internal./',
    // parts that hide the host, or are no part of a base URL
    'http://a@127.0.0.1/v1',
    'https://user:secret@api.example.com/v1',
    'https://@api.example.com/v1',
    'http://127.0.0.1#@api.example.com/',
    'https://api.example.com/v1#x',
    'https://api.example.com/v1?key=1',
    'https://api.example.com?',
    'https://api.example.com\\@127.0.0.1/',
    'https://api.example.com/v1 ',
    'https://api.example .com/v1',
    // other protocols, no host
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_',
    'unix:/var/run/docker.sock',
    'ftp://example.com/',
    'javascript:alert(1)',
    'https:api.example.com',
    'https://',
    '//api.example.com/v1',
    'api.example.com/v1',
    '',
    // ports that speak something else
    'http://example.com:25/',
    'http://example.com:6379/',
    'http://example.com:99999/',
  ])('refuses %s', (text) => {
    expect(parseBaseUrl(text, strict)).toEqual({ problem: expect.stringMatching(/^must /) });
  });

  it('takes loopback outside production', () => {
    const policy = egressPolicy([], true);
    for (const text of ['http://localhost:8000', 'http://127.1:8000', 'http://[::1]:8000']) {
      expect(parseBaseUrl(text, policy)).toMatchObject({ origin: expect.any(String) });
    }
    expect(parseBaseUrl('http://10.0.0.1', policy)).toHaveProperty('problem');
  });

  it('splits what it printed', () => {
    expect(splitBaseUrl('https://api.groq.com/openai/v1')).toEqual({
      origin: 'https://api.groq.com',
      basePath: '/openai/v1',
    });
    expect(splitBaseUrl('https://api.perplexity.ai')).toEqual({ origin: 'https://api.perplexity.ai', basePath: '' });
  });
});
