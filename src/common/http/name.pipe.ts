import type { PipeTransform } from '@nestjs/common';
import { requestErrors } from './validation.pipe.js';

/** Checks a name in a path (`PUT …/by-name/:name`) by the rule that the body of a create has for it. */
export class NamePipe implements PipeTransform<string, string> {
  constructor(
    private readonly pattern: RegExp,
    private readonly rule: string,
  ) {}

  transform(name: string): string {
    if (this.pattern.test(name)) return name;
    throw requestErrors.invalid({ issues: [{ path: 'name', message: this.rule.replace('$property', 'name') }] });
  }
}
