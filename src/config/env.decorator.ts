import { applyDecorators } from '@nestjs/common';
import { Expose, Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** What the README's configuration table says of one variable. */
export interface Variable {
  readonly property: string;
  readonly name: string;
  readonly about: string;
  /** How the default reads in the table; the value itself is the field's initializer. */
  readonly fallback: string;
}

const variables: Variable[] = [];

/** All variables, in the order they are declared. */
export function declaredVariables(): readonly Variable[] {
  return variables;
}

/** Binds a field of `Config` to an environment variable, and documents it. An empty variable counts as unset. */
export function Env(name: string, { about, fallback }: { about: string; fallback: string }): PropertyDecorator {
  return applyDecorators(
    Expose({ name }),
    (_: object, property: string | symbol) =>
      void variables.push({ property: String(property), name, about, fallback }),
  );
}

/** Reads whole numbers, and leaves anything else for the validator to refuse. */
export const AsNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  );

/** Reads a whole number, and refuses any that is not between these two or one of them. */
export const AsWhole = (min: number, max: number): PropertyDecorator =>
  applyDecorators(AsNumber(), IsInt(), Min(min), Max(max));

/** Reads `1 true yes on` and `0 false no off`, and leaves anything else for the validator to refuse. */
export const AsBoolean = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    if (/^(1|true|yes|on)$/i.test(value)) return true;
    return /^(0|false|no|off)$/i.test(value) ? false : value;
  });

/** Reads a comma-separated list. */
export const AsList = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean)
      : value,
  );
