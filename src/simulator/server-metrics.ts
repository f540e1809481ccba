import { plain, type Answer } from './answer.js';

/** What the simulator says that it has to do, as servers of one's own do. */
export interface SimulatedLoad {
  running: number;
  waiting: number;
  cacheUsage: number;
}

/** `GET /metrics` as vLLM answers it. */
export function serverMetrics({ running, waiting, cacheUsage }: SimulatedLoad): Answer {
  const labels = '{engine="0",model_name="sim-chat"}';
  const lines = [
    `vllm:num_requests_running${labels} ${running}`,
    `vllm:num_requests_waiting${labels} ${waiting}`,
    `vllm:kv_cache_usage_perc${labels} ${cacheUsage}`,
  ];
  return plain(`${lines.join('\n')}\n`, { contentType: 'text/plain; version=0.0.4; charset=utf-8' });
}
