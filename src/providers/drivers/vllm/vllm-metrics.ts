import type { SeenLoad, ServerLoad } from '../../../snapshot/provider-loads.js';

const MAX_MODELS = 1000;
const SAMPLE =
  /^vllm:(num_requests_running|num_requests_waiting|kv_cache_usage_perc|gpu_cache_usage_perc)\{([^}]*)\}\s+(\S+)/gm;
const RUNNING = 'num_requests_running';
const MODEL = /(?:^|,)model_name="((?:[^"\\]|\\.)*)"/;

type Sums = Omit<SeenLoad, 'at'>;

/**
 * Reads what vLLM tells at `/metrics` in Prometheus' text format; a server of several engines has a line for each.
 * `undefined` when it tells nothing of its queue.
 */
export function readVllmMetrics(text: string): Sums | undefined {
  const models = new Map<string, ServerLoad>();
  let cacheUsage: number | null = null;
  for (const { name, model, value } of samplesIn(text)) {
    if (name.endsWith('_perc')) cacheUsage = Math.max(cacheUsage ?? 0, value);
    else if (models.has(model) || models.size < MAX_MODELS) models.set(model, plus(models.get(model), name, value));
  }
  return models.size > 0 ? { models, cacheUsage } : undefined;
}

function plus(before: ServerLoad | undefined, name: string, value: number): ServerLoad {
  const { running, waiting } = before ?? { running: 0, waiting: 0 };
  return name === RUNNING ? { running: running + value, waiting } : { running, waiting: waiting + value };
}

function* samplesIn(text: string): Generator<{ name: string; model: string; value: number }> {
  for (const [, name = '', labels = '', number] of text.matchAll(SAMPLE)) {
    const value = Number(number);
    const model = MODEL.exec(labels)?.[1];
    if (model !== undefined && Number.isFinite(value) && value >= 0) yield { name, model, value };
  }
}
