import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Public facts and list prices of models: a bundled layer, and over it one that is refreshed or imported. */
export class Catalogue1763600400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table catalogue_release (
        id uuid not null,
        layer text not null,
        state text not null,
        version text not null,
        source text not null,
        etag text,
        sha256 text not null,
        provider_count integer not null,
        model_count integer not null,
        skipped_count integer not null,
        fetched_at timestamptz not null default now(),
        constraint catalogue_release_pkey primary key (id),
        constraint catalogue_release_layer_check check (layer in ('bundled', 'refreshed')),
        constraint catalogue_release_state_check check (state in ('current', 'previous'))
      );
      create unique index catalogue_release_state_key on catalogue_release (layer, state);

      create table catalogue_provider (
        release_id uuid not null,
        provider text not null,
        name text not null,
        base_url text,
        constraint catalogue_provider_pkey primary key (release_id, provider),
        constraint catalogue_provider_release_fkey foreign key (release_id)
          references catalogue_release (id) on delete cascade
      );

      create table catalogue_model (
        release_id uuid not null,
        provider text not null,
        upstream_id text not null,
        name text not null,
        family text,
        operation text not null,
        capabilities text[] not null,
        context_window integer,
        max_output integer,
        knowledge text,
        released text,
        status text,
        prices jsonb not null,
        unbilled text[] not null,
        match jsonb,
        constraint catalogue_model_pkey primary key (release_id, provider, upstream_id),
        constraint catalogue_model_release_fkey foreign key (release_id)
          references catalogue_release (id) on delete cascade,
        constraint catalogue_model_status_check check (status in ('alpha', 'beta', 'deprecated'))
      );
      create index catalogue_model_provider_idx on catalogue_model (provider, upstream_id);

      create table catalogue_check (
        is_only boolean not null default true,
        checked_at timestamptz,
        problem text,
        constraint catalogue_check_pkey primary key (is_only),
        constraint catalogue_check_only_check check (is_only)
      );
      insert into catalogue_check default values;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table catalogue_check, catalogue_model, catalogue_provider, catalogue_release`);
  }
}
