import { Logger } from '@nestjs/common';
import type { Writes } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import { VAULT_TARGET } from './vault-rows.js';

const logger = new Logger('Vault');

/** Audits `action` with the error's code when `work` fails, in a transaction of its own: that of `work` rolled back. */
export async function auditFailure<T>(
  { writes, access, action }: { writes: Writes; access: Access; action: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof AppError ? error.code : 'internal';
    await writes
      .run(access, async (write) => write.audit({ action, target: VAULT_TARGET, after: { reason } }))
      .catch((cause: unknown) => logger.error(`Not audited: ${action} (${reason}): ${String(cause)}`));
    throw error;
  }
}
