import cluster from 'node:cluster';
import { serve } from './server/serve.js';
import { serveAsWorker } from './server/worker.js';

await (cluster.isWorker ? serveAsWorker(process.env) : serve(process.env));
