import type { Cluster, Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { passVaultKeysBetweenWorkers } from './sibling-keys.js';

describe(passVaultKeysBetweenWorkers.name, () => {
  const offer = { type: 'waggle:vault-key', kind: 'offer', version: 1, key: 'AAAA' };

  it('passes a vault message on to all workers but its sender, until stopped', () => {
    const { primary, workers, inboxes } = fakeCluster(3);
    const stop = passVaultKeysBetweenWorkers(primary);
    primary.emit('message', workers[0], offer);
    expect(inboxes).toEqual([[], [offer], [offer]]);
    stop();
    primary.emit('message', workers[0], offer);
    expect(inboxes).toEqual([[], [offer], [offer]]);
  });

  it('leaves other messages and departed workers alone', () => {
    const { primary, workers, inboxes } = fakeCluster(2);
    passVaultKeysBetweenWorkers(primary);
    primary.emit('message', workers[0], 'drain');
    primary.emit('message', workers[0], null);
    workers[1]?.disconnect();
    primary.emit('message', workers[0], offer);
    expect(inboxes).toEqual([[], []]);
  });
});

function fakeCluster(size: number): { primary: Cluster; workers: Worker[]; inboxes: unknown[][] } {
  const inboxes: unknown[][] = Array.from({ length: size }, () => []);
  const workers = inboxes.map((inbox, index) => {
    let isConnected = true;
    return {
      id: index + 1,
      isConnected: () => isConnected,
      disconnect: () => void (isConnected = false),
      send: (message: unknown) => inbox.push(message),
    } as unknown as Worker;
  });
  const primary = Object.assign(new EventEmitter(), { workers: Object.fromEntries(workers.entries()) });
  return { primary: primary as unknown as Cluster, workers, inboxes };
}
