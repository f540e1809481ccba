import type { PipeTransform } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { requestErrors } from '../common/http/validation.pipe.js';

const LONGEST = 254;

/** Reads an e-mail address in a path (`PUT …/by-email/:email`) as the body of a create does. */
export class EmailPipe implements PipeTransform<string, string> {
  transform(given: string): string {
    const email = given.trim().toLowerCase();
    if (email.length <= LONGEST && isEmail(email, { require_tld: false })) return email;
    throw requestErrors.invalid({ issues: [{ path: 'email', message: 'email must be an email' }] });
  }
}
