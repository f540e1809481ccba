import { execFileSync } from 'node:child_process';
import { ROOT } from './server-process.js';

/** Tests of real processes run what is built; this builds it when a source is newer. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/setup.mjs'], { cwd: ROOT, stdio: 'inherit' });
}
