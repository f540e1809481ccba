import { ValidateIf } from 'class-validator';

/** The field may be left out. `null` is no way to do that: it is a value, and refused unless the field's own rules take it. */
export const Omittable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
