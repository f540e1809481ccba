import { OmitType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { Trim } from '../../common/http/trim.decorator.js';
import { IsCredentialValue } from '../is-credential-value.decorator.js';
import { CreateProvider } from '../provider.dto.js';

/** One provider in `WAGGLE_PROVIDERS` or the providers file. */
export class ProviderDefinition extends OmitType(CreateProvider, ['credential']) {
  /** Its credential. It stays where it is defined and is never stored. */
  @IsOptional()
  @Trim()
  @IsCredentialValue()
  apiKey?: string;

  /** `env:NAME`, `file:/path` or `identity:CLOUD` instead of `apiKey`. */
  @IsOptional()
  @Matches(/^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:\/[^\0]{1,1000}|identity:(aws|azure|google))$/, {
    message: 'credential must be env:NAME, file:/path or identity:CLOUD',
  })
  credential?: string;
}
