import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vllm } from './vllm.js';

const METRICS = readFileSync(join(import.meta.dirname, 'fixtures/metrics.txt'), 'utf8');

describe('vllm', () => {
  it('finds its metrics at its root, and below a prefix', () => {
    expect(vllm.metricsPath?.('/v1')).toBe('/metrics');
    expect(vllm.metricsPath?.('/qwen/v1')).toBe('/qwen/metrics');
    expect(vllm.metricsPath?.('')).toBe('/metrics');
  });

  it('adds up what its engines do', () => {
    expect(vllm.readMetrics?.(METRICS)).toEqual({
      models: new Map([['Qwen/Qwen3-8B', { running: 5, waiting: 7 }]]),
      cacheUsage: 0.4375,
    });
  });

  it('reads the older name of the cache, and does without', () => {
    const lines = ['vllm:num_requests_running{model_name="m"} 1.0', 'vllm:num_requests_waiting{model_name="m"} 0.0'];
    const older = [...lines, 'vllm:gpu_cache_usage_perc{model_name="m"} 0.5'];
    expect(vllm.readMetrics?.(older.join('\n'))).toMatchObject({ cacheUsage: 0.5 });
    expect(vllm.readMetrics?.(lines.join('\n'))).toMatchObject({ cacheUsage: null });
  });

  it.each([
    '',
    '<html></html>',
    'vllm:num_requests_running 1',
    'vllm:num_requests_running{model_name="m"} NaN',
    'vllm:num_requests_running{model_name="m"} -1',
    'xvllm:num_requests_running{model_name="m"} 1',
  ])('reads nothing from %j', (text) => {
    expect(vllm.readMetrics?.(text)).toBeUndefined();
  });
});
