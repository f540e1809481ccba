import type { Access } from '../common/http/access.js';

/** The parameters and conditions of one SQL statement, numbered as they are added. */
export class Conditions {
  readonly parameters: unknown[] = [];
  private readonly texts: string[] = [];

  /** Starts with what every statement here needs: the caller's tenant, and the projects it reaches. */
  static reachedBy({ tenantId, projectIds }: Access, alias = ''): Conditions {
    const conditions = new Conditions();
    conditions.add(tenantId, (tenant) => `${alias}tenant_id = ${tenant}`);
    if (projectIds !== 'all') conditions.add([...projectIds], (ids) => `${alias}project_id = any(${ids}::uuid[])`);
    return conditions;
  }

  /** Adds a parameter and returns its placeholder. */
  value(value: unknown): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }

  /** Adds a condition on a value; none when the value is `undefined`. */
  add(value: unknown, text: (placeholder: string) => string): this {
    if (value !== undefined) this.texts.push(text(this.value(value)));
    return this;
  }

  /** All conditions, joined. */
  get sql(): string {
    return this.texts.join(' and ');
  }
}
