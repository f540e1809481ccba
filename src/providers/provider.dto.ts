import { OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { IsExtraHeaders } from './extra-headers.js';
import { IsCredentialValue } from './is-credential-value.decorator.js';
import { IsDriver } from './is-driver.decorator.js';
import { IsOneCredential } from './is-one-credential.decorator.js';

/** Names of providers: what a path, a log line and a shell take without quoting. */
export const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
export const PROVIDER_NAME_RULE = '$property must be letters, digits and ._:- and begin with a letter or digit';
const HOUR_MS = 3_600_000;
const MAX_ENDPOINTS = 32;

/** How long each part of a call may take. */
export class Timeouts {
  /**
   * Milliseconds until the connection stands.
   * @example 5000
   */
  @Omittable()
  @IsInt()
  @Min(100)
  @Max(120_000)
  connectMs?: number;

  /**
   * Milliseconds until the answer begins.
   * @example 120000
   */
  @Omittable()
  @IsInt()
  @Min(100)
  @Max(HOUR_MS)
  firstByteMs?: number;

  /**
   * Milliseconds of silence inside an answer.
   * @example 60000
   */
  @Omittable()
  @IsInt()
  @Min(100)
  @Max(HOUR_MS)
  idleMs?: number;

  /**
   * Milliseconds for the whole call.
   * @example 600000
   */
  @Omittable()
  @IsInt()
  @Min(100)
  @Max(24 * HOUR_MS)
  totalMs?: number;
}

/** Where a provider's credential comes from: exactly one of the three. */
export class CredentialInput {
  /**
   * The credential itself. It is sealed in the vault and never shown again.
   * @example "sk-…"
   */
  @Omittable()
  @Trim()
  @IsString()
  @IsCredentialValue()
  value?: string;

  /** A secret that is in the vault already. */
  @Omittable()
  @IsUUID()
  secretId?: string;

  /**
   * A variable of the gateway's environment, a file on its machine, or that machine's identity in a cloud
   * (`identity:aws`, `identity:azure`, `identity:google`). Only operators of the whole installation may.
   * @example "env:OPENAI_API_KEY"
   */
  @Omittable()
  @IsString()
  @Matches(/^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:\/[^\0]{1,1000}|identity:(aws|azure|google))$/, {
    message: '$property must be env:NAME, file:/path or identity:CLOUD',
  })
  reference?: string;
}

/** A new provider. */
export class CreateProvider {
  /**
   * What operators call it. Unique in its project, or in the tenant when it belongs to the whole tenant.
   * @example openai-eu
   */
  @Trim()
  @Matches(PROVIDER_NAME, { message: PROVIDER_NAME_RULE })
  name!: string;

  /**
   * The code that speaks to it; see `GET /admin/v1/drivers`.
   * @example openai-compatible
   */
  @IsDriver()
  driver!: string;

  /**
   * Where its API starts, without the last path of a call.
   * @example "https://api.openai.com/v1"
   */
  @Trim()
  @IsString()
  @Length(1, 2000)
  baseUrl!: string;

  /**
   * Further base URLs, of servers with the same models and the same credential; each call goes to the one with the least to
   * do. For `vllm`, `ollama` and `openai-compatible`.
   * @example ["http://10.0.0.8:8000/v1"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_ENDPOINTS)
  @IsString({ each: true })
  @Length(1, 2000, { each: true })
  endpoints?: string[];

  /** Its credential; `null` for one that needs none. */
  @IsOptional()
  @IsOneCredential()
  @ValidateNested()
  @Type(() => CredentialInput)
  credential?: CredentialInput | null;

  /** Headers sent with every call. Values that look like secrets are masked when shown. */
  @Omittable()
  @IsExtraHeaders()
  extraHeaders?: Record<string, string>;

  /** What is left out has its default: 5 s to connect, 120 s to the first byte, 60 s idle, 600 s in all. */
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => Timeouts)
  timeouts?: Timeouts;

  /** Whether it may be called. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;

  /**
   * What the model catalogue calls it, for prices and facts.
   * @example openai
   */
  @IsOptional()
  @Trim()
  @IsString()
  @Length(1, 100)
  catalogueProvider?: string | null;
}

/** A provider for `PUT …/by-name/{name}`: the name is in the path. */
export class PutProvider extends OmitType(CreateProvider, ['name']) {}

// `skipNullProperties: false`: a field may be left out, but `null` must still pass its own checks.
/** The fields to change; those left out stay as they are. */
export class UpdateProvider extends PartialType(CreateProvider, { skipNullProperties: false }) {}

/** Which providers a list shows. */
export class ProviderQuery extends PageQuery {
  /** Only those that this project can use, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  project?: string;

  /** Only those whose name contains this. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  q?: string;
}

/** Where a new provider goes. */
export class ProviderPlaceQuery {
  /** A project, by id or name; without it the provider belongs to the whole tenant, or to the caller's only project. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  project?: string;
}
