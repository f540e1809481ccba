import { IsBoolean, IsIn, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { CLOUDS, type Cloud } from './clouds.js';
import { AsBoolean, AsList, AsWhole, Env } from './env.decorator.js';
import { IsCidr } from './is-cidr.decorator.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** What the environment may say, as it says it; the README's table is made from this and what extends it. */
export abstract class Variables {
  @Env('WAGGLE_HOST', { about: 'Address to listen on.', fallback: '`127.0.0.1`' })
  @IsString()
  readonly host: string = '127.0.0.1';

  @Env('WAGGLE_PORT', { about: 'Port to listen on; `0` takes any free one.', fallback: '`3000`' })
  @AsWhole(0, 65_535)
  readonly port: number = 3000;

  @Env('WAGGLE_PUBLIC_URL', {
    about: 'How clients reach this installation, for links and snippets.',
    fallback: 'from host and port',
  })
  @IsOptional()
  @Matches(/^https?:\/\/[^/\s]+(\/[^\s]*)?$/, { message: '$property must be an http(s) address' })
  readonly publicUrl?: string;

  @Env('WAGGLE_DATA_DIR', {
    about: 'Where the journal, the embedded Postgres and the generated master key live.',
    fallback: '`.waggle`',
  })
  @IsString()
  @MinLength(1)
  readonly dataDir: string = '.waggle';

  @Env('DATABASE_URL', {
    about: 'The Postgres (15 or later) to use. Without it an embedded one is started.',
    fallback: 'embedded Postgres',
  })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/\S+$/, { message: '$property must be a postgres:// address' })
  readonly databaseUrl?: string;

  @Env('WAGGLE_DATABASE_POOL', { about: 'Connections to Postgres for each worker.', fallback: '`10`' })
  @AsWhole(2, 200)
  readonly databasePool: number = 10;

  @Env('WAGGLE_MASTER_KEY', {
    about: 'The 32-byte key (64 hex digits or base64) that seals the vault.',
    fallback: 'generated into the data directory outside production',
  })
  @IsOptional()
  @Matches(/^([0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9_-]{43})$/, {
    message: '$property must be 32 bytes as 64 hex digits or as base64',
  })
  readonly masterKey?: string;

  @Env('WAGGLE_MASTER_KEY_FILE', { about: 'A file that holds the master key instead.', fallback: 'none' })
  @IsOptional()
  @IsString()
  readonly masterKeyFile?: string;

  @Env('WAGGLE_VAULT', {
    about: 'What opens the vault: `master-key`, or `password` (set and entered through the admin API).',
    fallback: '`master-key`',
  })
  @IsIn(['master-key', 'password'])
  readonly vaultMode: 'master-key' | 'password' = 'master-key';

  @Env('WAGGLE_VAULT_AUTO_LOCK_SECONDS', {
    about: 'Locks a password vault after this much idle time; `0` never.',
    fallback: '`0`',
  })
  @AsWhole(0, 604_800)
  readonly vaultAutoLockSeconds: number = 0;

  @Env('WAGGLE_BOOTSTRAP_ADMIN_KEY', {
    about: "Becomes the owner's admin key at the first start (32 characters or more). Only its digest is stored.",
    fallback: 'none: an owner password is printed instead',
  })
  @IsOptional()
  @Matches(/^[\x21-\x7e]{32,256}$/, { message: '$property must be 32 to 256 printable characters without spaces' })
  readonly bootstrapAdminKey?: string;

  @Env('WAGGLE_ADMIN_KEY', {
    about: 'For `waggle token`, `vault` and `catalogue`: the admin key with which they call the server.',
    fallback: 'none',
  })
  @IsOptional()
  @IsString()
  readonly adminKey?: string;

  @Env('WAGGLE_DEMO', {
    about: 'Sets up the simulator, a profile and a token when no provider exists. Never in production.',
    fallback: '`1`, in production `0`',
  })
  @AsBoolean()
  @IsBoolean()
  readonly demo: boolean = true;

  @Env('WAGGLE_WORKERS', { about: 'Worker processes that share the port.', fallback: '`1`' })
  @AsWhole(1, 64)
  readonly workers: number = 1;

  @Env('WAGGLE_LOG_LEVEL', { about: `One of ${LOG_LEVELS.join(', ')}.`, fallback: '`info`' })
  @IsIn(LOG_LEVELS)
  readonly logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @Env('WAGGLE_SHUTDOWN_GRACE_SECONDS', {
    about: 'How long requests in flight may go on after SIGTERM.',
    fallback: '`30`',
  })
  @AsWhole(0, 3600)
  readonly shutdownGraceSeconds: number = 30;

  @Env('WAGGLE_KEEP_ALIVE_SECONDS', {
    about: 'How long a connection may wait for its next request; longer than the load balancer in front of it waits.',
    fallback: '`75`',
  })
  @AsWhole(1, 3600)
  readonly keepAliveSeconds: number = 75;

  @Env('WAGGLE_TRUSTED_PROXIES', {
    about: 'Comma-separated CIDR ranges whose `X-Forwarded-For` is believed.',
    fallback: 'none',
  })
  @AsList()
  @IsCidr({ each: true })
  readonly trustedProxies: readonly string[] = [];

  @Env('WAGGLE_EGRESS_ALLOW', {
    about: 'Comma-separated CIDR ranges of loopback or private addresses that providers may live at.',
    fallback: 'none; loopback outside production',
  })
  @AsList()
  @IsCidr({ each: true })
  readonly egressAllow: readonly string[] = [];

  @Env('WAGGLE_CLOUD_IDENTITY', {
    about: `Comma-separated clouds (${CLOUDS.join(', ')}) whose identity of this machine root providers may use.`,
    fallback: 'none',
  })
  @AsList()
  @IsIn(CLOUDS, { each: true })
  readonly cloudIdentity: readonly Cloud[] = [];

  @Env('WAGGLE_PROVIDERS_FILE', {
    about: 'A JSON file (mode 0600) of providers to serve beside the managed ones.',
    fallback: 'none',
  })
  @IsOptional()
  @IsString()
  readonly providersFile?: string;

  @Env('WAGGLE_PROVIDERS', { about: 'The same as JSON text, for containers.', fallback: 'none' })
  @IsOptional()
  @IsString()
  readonly providersJson?: string;

  @Env('WAGGLE_CATALOGUE_URL', {
    about: 'A models.dev-shaped JSON document (`https:` or `file:`) to refresh model facts from.',
    fallback: 'none: the bundled catalogue only',
  })
  @IsOptional()
  @Matches(/^(https?|file):\/\/\S+$/, { message: '$property must be an http(s): or file: address' })
  readonly catalogueUrl?: string;

  @Env('WAGGLE_MAX_BODY_MB', { about: 'The largest request body, in MiB, after decompression.', fallback: '`32`' })
  @AsWhole(1, 1024)
  readonly maxBodyMegabytes: number = 32;

  @Env('WAGGLE_MAX_BYTES_IN_FLIGHT_MB', {
    about: 'Request and answer bytes one worker may hold, in MiB; above it new calls get 503.',
    fallback: '`256`',
  })
  @AsWhole(16, 65_536)
  readonly maxBytesInFlightMegabytes: number = 256;

  @Env('WAGGLE_HEALTH_PROBE_SECONDS', {
    about: 'How often one process asks idle providers whether they are well, and failed models for a token; 0: never.',
    fallback: '`30`',
  })
  @AsWhole(0, 3600)
  readonly healthProbeSeconds: number = 30;

  @Env('WAGGLE_LOAD_SECONDS', {
    about: 'How often each process asks servers that tell it (vLLM) for their load; 0: never.',
    fallback: '`5`',
  })
  @AsWhole(0, 3600)
  readonly loadSeconds: number = 5;

  @Env('NODE_ENV', { about: '`production` turns the demo, generated keys and loopback egress off.', fallback: 'none' })
  @IsOptional()
  @IsString()
  readonly nodeEnv?: string;
}
