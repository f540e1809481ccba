import { OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { OPERATIONS, type JsonObject, type Operation } from '../snapshot/snapshot.js';
import type { Model } from './model.entity.js';
import { CreatePrice, PriceView, toPriceView } from './price.dto.js';
import type { Price } from './price.entity.js';

/** Names of models; they may hold a slash, as upstream ids do. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}$/;
export const MODEL_NAME_RULE = '$property must be letters, digits and ._:@/+- and begin with a letter or digit';
const UPSTREAM_ID = /^[^\s/]+(\/[^\s/]+)*$/;
const CAPABILITY = /^[a-z][a-z0-9_-]{0,63}$/;

/** A new model of a provider. */
export class CreateModel {
  /**
   * The provider's id or name.
   * @example openai-eu
   */
  @Trim()
  @IsString()
  @Length(1, 64)
  provider!: string;

  /**
   * What operators call it, unique in its provider; the upstream id if left out.
   * @example gpt-4o-mini
   */
  @Omittable()
  @Trim()
  @Matches(MODEL_NAME, { message: MODEL_NAME_RULE })
  name?: string;

  /**
   * What the provider calls it.
   * @example gpt-4o-mini-2024-07-18
   */
  @Trim()
  @IsString()
  @Length(1, 300)
  @Matches(UPSTREAM_ID, { message: '$property must not contain spaces or empty parts between slashes' })
  upstreamId!: string;

  /**
   * What it is called for.
   * @example chat
   */
  @IsIn(OPERATIONS)
  operation!: Operation;

  /**
   * What it can do, in words of your own or the catalogue's.
   * @example ["tools", "vision"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(CAPABILITY, { each: true, message: 'each of $property must be lower-case letters, digits, _ and -' })
  capabilities?: string[];

  /**
   * Tokens that fit in a call, prompt and answer together.
   * @example 128000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  contextWindow?: number | null;

  /**
   * Tokens of the longest answer.
   * @example 16384
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  maxOutput?: number | null;

  /**
   * Body fields sent when neither the caller nor the profile names them.
   * @example { "temperature": 0.2 }
   */
  @IsOptional()
  @IsObject()
  defaults?: JsonObject | null;

  /**
   * What it calls tools that clients know by other names: the client's name, and its own. For chats and messages.
   * @example { "files.read": "read_file" }
   */
  @IsOptional()
  @IsObject()
  toolNames?: Record<string, string> | null;

  /** Whether it may be called. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;

  /** How much it counts among others when a strategy weighs. */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(1000)
  weight?: number;

  /** Its first price. */
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => CreatePrice)
  price?: CreatePrice;
}

/** A model for `PUT …/by-name/{name}`: name and provider are in the address. A price is only taken for a new one. */
export class PutModel extends OmitType(CreateModel, ['name', 'provider']) {}

// `skipNullProperties: false`: a field may be left out, but `null` must still pass its own checks.
/** The fields to change; those left out stay as they are. */
export class UpdateModel extends PartialType(OmitType(CreateModel, ['provider', 'price']), {
  skipNullProperties: false,
}) {}

/** Which models a list shows. */
export class ModelQuery extends PageQuery {
  /** Only those of this provider, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  provider?: string;

  /** Only those that this project can use, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  project?: string;

  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;

  /** A part of the name or the upstream id. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  q?: string;
}

/** The upstream ids to add. */
export class ImportModels {
  /**
   * As `GET …/upstream-models` lists them.
   * @example ["gpt-4o-mini", "text-embedding-3-small"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @Matches(UPSTREAM_ID, { each: true, message: 'each of $property must not contain spaces or empty parts' })
  @Length(1, 300, { each: true })
  upstreamIds!: string[];

  /** Whether they begin with the catalogue's list prices, where it knows them. Yes, if left out. */
  @Omittable()
  @IsBoolean()
  withPrices?: boolean;
}

/** A model as it is shown. */
export class ModelView {
  id!: string;
  projectId!: string | null;
  providerId!: string;
  name!: string;
  upstreamId!: string;
  operation!: Operation;
  capabilities!: string[];
  contextWindow!: number | null;
  maxOutput!: number | null;
  defaults!: JsonObject | null;
  toolNames!: Record<string, string> | null;
  isEnabled!: boolean;
  weight!: number;
  /** The price in force; `null` means unpriced, not free. */
  price!: PriceView | null;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class ModelPage {
  items!: ModelView[];
  nextCursor!: string | null;
}

/** What an import did. */
export class ImportView {
  created!: ModelView[];
  /** Upstream ids that the provider had already. */
  skipped!: string[];
}

/** A model with the price in force. */
export interface PricedModel {
  readonly model: Model;
  readonly price: Price | null;
}

/** Shows a model with its price. */
export function toModelView({ model, price }: PricedModel): ModelView {
  return {
    id: model.id,
    projectId: model.projectId,
    providerId: model.providerId,
    name: model.name,
    upstreamId: model.upstreamId,
    operation: model.operation,
    capabilities: model.capabilities,
    contextWindow: model.contextWindow,
    maxOutput: model.maxOutput,
    defaults: model.defaults,
    toolNames: model.toolNames,
    isEnabled: model.isEnabled,
    weight: model.weight,
    price: price && toPriceView(price),
    version: model.version,
    createdAt: model.createdAt,
    updatedAt: model.updatedAt,
  };
}
