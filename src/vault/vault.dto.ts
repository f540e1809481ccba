import { IsBoolean, IsString, Length, Matches } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import type { VaultStatus } from './vault-control.service.js';
import type { LockReason, VaultState } from './vault.service.js';
import type { VaultKind } from './vault-rows.js';

const MASTER_KEY = /^([0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9_-]{43})$/;
const MASTER_KEY_MESSAGE = { message: '$property must be 32 bytes as 64 hex digits or as base64' };

export class InitialiseVault {
  /**
   * What will open the vault from now on. It can't be recovered.
   * @example "correct horse battery staple"
   */
  @IsString()
  @Length(12, 1024)
  password!: string;
}

export class UnlockVault {
  /**
   * For a vault that a password opens.
   * @example "correct horse battery staple"
   */
  @Omittable()
  @IsString()
  @Length(1, 1024)
  password?: string;

  /** For a vault that a master key opens, when this server is not configured with it. */
  @Omittable()
  @Matches(MASTER_KEY, MASTER_KEY_MESSAGE)
  masterKey?: string;
}

export class RotateVault {
  /** The master key that opens the vault from now on. Without it and without a password the present one stays. */
  @Omittable()
  @Matches(MASTER_KEY, MASTER_KEY_MESSAGE)
  masterKey?: string;

  /**
   * The password that opens the vault from now on.
   * @example "a longer battery staple"
   */
  @Omittable()
  @IsString()
  @Length(12, 1024)
  password?: string;

  /** Needed when a password opens the vault now. */
  @Omittable()
  @IsString()
  @Length(1, 1024)
  currentPassword?: string;

  /** Also encrypts every value anew, under a fresh data key. */
  @Omittable()
  @IsBoolean()
  reencrypt?: boolean;
}

/** The vault, as the process that answers has it. */
export class VaultView {
  state!: VaultState;

  /** Why it is locked: for all processes, or because this one lacks what opens it. */
  lockReason!: LockReason | null;

  /** What opens it; `null` before it was initialised. */
  kind!: VaultKind | null;

  /** Grows with each rotation. */
  keyVersion!: number | null;

  /** When the key in force was made. */
  keyCreatedAt!: Date | null;

  /** After how much idle time it locks itself, in seconds; `0` never. */
  autoLockSeconds!: number;
}

export function toVaultView(status: VaultStatus, autoLockSeconds: number): VaultView {
  const { state, lockReason, kind, keyVersion, keyCreatedAt } = status;
  return { state, lockReason, kind, keyVersion, keyCreatedAt, autoLockSeconds };
}
