import { Injectable } from '@nestjs/common';
import cluster, { type Cluster, type Worker } from 'node:cluster';
import { KeyEncryptionKey } from './key-encryption-key.js';

const TYPE = 'waggle:vault-key';

/** What workers of one machine tell each other; the primary only passes it on and keeps nothing. */
type SiblingMessage =
  | { readonly type: typeof TYPE; readonly kind: 'ask' }
  | { readonly type: typeof TYPE; readonly kind: 'offer'; readonly version: number; readonly key: string };

/**
 * For the cluster's primary: passes each vault message of a worker on to all other workers. Without it each worker of a
 * password vault would have to be unlocked by itself. Returns the function that stops it.
 */
export function passVaultKeysBetweenWorkers(primary: Cluster = cluster): () => void {
  const pass = (sender: Worker, message: unknown): void => {
    if (!isSiblingMessage(message)) return;
    for (const worker of Object.values(primary.workers ?? {})) {
      if (worker && worker.id !== sender.id && worker.isConnected()) worker.send(message);
    }
  };
  primary.on('message', pass);
  return () => void primary.off('message', pass);
}

/** A worker's end: hands the vault's key to sibling workers and takes theirs. Outside a cluster it does nothing. */
@Injectable()
export class SiblingKeys {
  private listener: ((message: unknown) => void) | undefined;

  /** Whether there may be siblings to ask. */
  get isInCluster(): boolean {
    return cluster.isWorker && process.connected === true;
  }

  /** Starts listening: `offered` takes keys, which it must check; `held` answers a sibling that asks. */
  listen({ offered, held }: { offered: (key: KeyEncryptionKey) => void; held: () => KeyEncryptionKey | null }): void {
    if (!this.isInCluster) return;
    this.listener = (message) => {
      if (!isSiblingMessage(message)) return;
      if (message.kind === 'offer') return offered(KeyEncryptionKey.imported(message.version, message.key));
      const key = held();
      if (key) this.offer(key);
    };
    process.on('message', this.listener);
  }

  offer(key: KeyEncryptionKey): void {
    this.send({ type: TYPE, kind: 'offer', version: key.version, key: key.exported() });
  }

  ask(): void {
    this.send({ type: TYPE, kind: 'ask' });
  }

  stop(): void {
    if (this.listener) process.off('message', this.listener);
  }

  private send(message: SiblingMessage): void {
    if (this.isInCluster) process.send?.(message);
  }
}

function isSiblingMessage(message: unknown): message is SiblingMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === TYPE;
}
