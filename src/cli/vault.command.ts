import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { adminApi } from './admin-api.js';

/** What is said of the vault's state. */
interface VaultState {
  readonly state: string;
  readonly kind: string | null;
  readonly keyVersion: number | null;
}

interface RotateOptions {
  readonly reencrypt?: boolean;
  readonly masterKeyFile?: string;
  readonly passwords?: boolean;
}

/** `waggle vault status|lock|unlock|rotate`: the vault of a running server. No secret is taken from the command line. */
export const vaultCommand = new Command('vault').description('look at the vault, lock, unlock and rotate it');

vaultCommand
  .command('status')
  .description('say whether it is open, and by what')
  .action(async () => print(await adminApi(process.env).call('GET', '/vault')));

vaultCommand
  .command('lock')
  .description('lock it, in all processes')
  .action(async () => print(await adminApi(process.env).call('POST', '/vault/lock')));

vaultCommand
  .command('unlock')
  .description('unlock it with the password on standard input')
  .action(async () => {
    const [password] = await linesOf(process.stdin);
    print(await adminApi(process.env).call('POST', '/vault/unlock', { password }));
  });

vaultCommand
  .command('rotate')
  .description('put a new key in force and move every secret to it, all or none')
  .option('--reencrypt', 'also encrypt every value anew')
  .option('--master-key-file <path>', 'the master key that opens it from now on; the present one stays unless given')
  .option('--passwords', 'read the current password and the new one from standard input, a line each')
  .action(async ({ reencrypt = false, masterKeyFile, passwords = false }: RotateOptions) => {
    const body: Record<string, unknown> = { reencrypt };
    if (masterKeyFile !== undefined) body['masterKey'] = (await readFile(masterKeyFile, 'utf8')).trim();
    if (passwords) {
      const [currentPassword, password] = await linesOf(process.stdin);
      Object.assign(body, { currentPassword, password });
    }
    print(await adminApi(process.env).call('POST', '/vault/rotate', body));
  });

async function linesOf(stream: NodeJS.ReadableStream): Promise<string[]> {
  return (await text(stream)).split(/\r?\n/);
}

function print({ state, kind, keyVersion }: VaultState): void {
  process.stdout.write(`The vault is ${state}; ${kind ?? 'nothing'} opens it, key version ${keyVersion ?? 0}\n`);
}
