import fc from 'fast-check';
import { runs } from './runs.js';

const { TEST_SEED: seed = '1' } = process.env;
fc.configureGlobal({ numRuns: runs(100), ...(seed !== 'random' && { seed: Number(seed) }) });
