import { OmitType } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { Trim } from '../../common/http/trim.decorator.js';
import { CreateProvider } from '../provider.dto.js';

/** One provider in `WAGGLE_PROVIDERS` or the providers file. */
export class ProviderDefinition extends OmitType(CreateProvider, ['credential']) {
  /** Its credential. It stays where it is defined and is never stored. */
  @IsOptional()
  @Trim()
  @IsString()
  @Matches(/^[\x21-\x7e]+$/, { message: 'apiKey must be printable characters without spaces' })
  @Length(1, 8000)
  apiKey?: string;

  /** `env:NAME` or `file:/path` instead of `apiKey`. */
  @IsOptional()
  @Matches(/^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:\/[^\0]{1,1000})$/, {
    message: 'credential must be env:NAME or file:/path',
  })
  credential?: string;
}
