create table admin_key (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  name text not null,
  role text not null,
  public_id text not null,
  digest text not null,
  created_by text not null,
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  version integer not null default 1,
  constraint admin_key_pkey PRIMARY KEY (id),
  constraint admin_key_digest_key UNIQUE (digest),
  constraint admin_key_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint admin_key_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint admin_key_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'operator'::text, 'viewer'::text])))
);
CREATE UNIQUE INDEX admin_key_name_key ON public.admin_key USING btree (tenant_id, project_id, name) NULLS NOT DISTINCT WHERE (revoked_at IS NULL);
CREATE INDEX admin_key_project_idx ON public.admin_key USING btree (project_id);

create table allowance (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  name text not null,
  scope text not null,
  profile_id uuid,
  token_id uuid,
  provider_id uuid,
  model_id uuid,
  metadata_key text,
  metadata_value text,
  metric text not null,
  window_type text,
  rolling_seconds integer,
  time_zone text not null default 'UTC'::text,
  limit_amount bigint not null,
  thresholds integer[] not null,
  is_hard boolean not null,
  on_postgres_down text not null,
  is_enabled boolean not null default true,
  raised_by bigint not null default 0,
  raised_until timestamp with time zone,
  epoch integer not null default 0,
  reset_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  allows_unpriced boolean not null default false,
  constraint allowance_pkey PRIMARY KEY (id),
  constraint allowance_name_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, name),
  constraint allowance_model_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint allowance_profile_fkey FOREIGN KEY (profile_id) REFERENCES profile(id),
  constraint allowance_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint allowance_provider_fkey FOREIGN KEY (provider_id) REFERENCES provider(id) ON DELETE CASCADE,
  constraint allowance_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint allowance_token_fkey FOREIGN KEY (token_id) REFERENCES token(id),
  constraint allowance_limit_check CHECK (((limit_amount >= 0) AND (raised_by >= 0))),
  constraint allowance_subject_check CHECK ((((profile_id IS NOT NULL) = (scope = 'profile'::text)) AND ((token_id IS NOT NULL) = (scope = 'token'::text)) AND ((provider_id IS NOT NULL) = (scope = 'provider'::text)) AND ((model_id IS NOT NULL) = (scope = 'model'::text)) AND ((metadata_key IS NOT NULL) = (scope = 'metadata'::text)) AND ((metadata_value IS NULL) OR (scope = ANY (ARRAY['metadata'::text, 'run'::text]))) AND ((project_id IS NULL) OR (scope <> 'tenant'::text)) AND ((project_id IS NOT NULL) OR (scope <> 'project'::text)))),
  constraint allowance_window_check CHECK ((((window_type IS NULL) = (metric = 'concurrency'::text)) AND ((metric <> 'seconds'::text) OR (scope = 'run'::text)) AND ((rolling_seconds IS NOT NULL) = ((window_type IS NOT NULL) AND (window_type = 'rolling'::text)))))
);
CREATE INDEX allowance_list_idx ON public.allowance USING btree (tenant_id, name, id);

create table allowance_counter (
  id uuid not null,
  allowance_id uuid not null,
  epoch integer not null,
  subject text not null,
  window_start timestamp with time zone not null,
  window_end timestamp with time zone,
  settled bigint not null default 0,
  wanted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint allowance_counter_pkey PRIMARY KEY (id),
  constraint allowance_counter_key UNIQUE (allowance_id, epoch, subject, window_start),
  constraint allowance_counter_allowance_fkey FOREIGN KEY (allowance_id) REFERENCES allowance(id) ON DELETE CASCADE
);
CREATE INDEX allowance_counter_end_idx ON public.allowance_counter USING btree (window_end);

create table allowance_event (
  allowance_id uuid not null,
  epoch integer not null,
  subject text not null,
  window_start timestamp with time zone not null,
  percent integer not null,
  settled bigint not null,
  limit_amount bigint not null,
  at timestamp with time zone not null default now(),
  constraint allowance_event_pkey PRIMARY KEY (allowance_id, epoch, subject, window_start, percent),
  constraint allowance_event_allowance_fkey FOREIGN KEY (allowance_id) REFERENCES allowance(id) ON DELETE CASCADE
);
CREATE INDEX allowance_event_at_idx ON public.allowance_event USING btree (allowance_id, at DESC);
CREATE TRIGGER allowance_event_appears AFTER INSERT ON public.allowance_event FOR EACH ROW EXECUTE FUNCTION tell_of_allowance();

create table allowance_lease (
  counter_id uuid not null,
  worker_id uuid not null,
  granted bigint not null,
  settled bigint not null default 0,
  held bigint not null default 0,
  constraint allowance_lease_pkey PRIMARY KEY (counter_id, worker_id),
  constraint allowance_lease_counter_fkey FOREIGN KEY (counter_id) REFERENCES allowance_counter(id) ON DELETE CASCADE,
  constraint allowance_lease_worker_fkey FOREIGN KEY (worker_id) REFERENCES allowance_worker(id)
);
CREATE INDEX allowance_lease_worker_idx ON public.allowance_lease USING btree (worker_id);

create table allowance_worker (
  id uuid not null,
  place text not null,
  process text not null,
  started_at timestamp with time zone not null default now(),
  seen_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  journal_since timestamp with time zone not null,
  constraint allowance_worker_pkey PRIMARY KEY (id)
);

create table attempt (
  id uuid not null,
  started_at timestamp with time zone not null,
  request_id uuid not null,
  number integer not null,
  tenant_id uuid not null,
  project_id uuid not null,
  token_id uuid not null,
  profile_id uuid not null,
  profile_revision_id uuid not null,
  provider_id uuid not null,
  model_id uuid not null,
  upstream_model text not null,
  operation text not null,
  is_streamed boolean not null,
  status integer,
  outcome text not null,
  error_code text,
  price_id uuid,
  usage_source text not null,
  input_tokens bigint not null,
  cached_input_tokens bigint not null,
  cache_write_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  audio_input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  audio_output_tokens bigint not null,
  images bigint not null,
  audio_ms bigint not null,
  characters bigint not null,
  cost_picos numeric,
  first_byte_ms double precision,
  duration_ms double precision not null,
  upstream_request_id text,
  error_class text,
  kind text,
  image_input_tokens bigint,
  image_output_tokens bigint,
  searches bigint,
  constraint attempt_pkey PRIMARY KEY (id, started_at)
) partition by RANGE (started_at);
CREATE INDEX attempt_request_idx ON ONLY public.attempt USING btree (request_id);

create table audit_entry (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  sequence bigint not null,
  at timestamp with time zone not null,
  actor_kind text not null,
  actor_id uuid,
  actor_name text not null,
  address text,
  action text not null,
  target_kind text not null,
  target_id text not null,
  target_label text not null,
  before jsonb,
  after jsonb,
  previous_hash text not null,
  hash text not null,
  constraint audit_entry_pkey PRIMARY KEY (id),
  constraint audit_entry_sequence_key UNIQUE (tenant_id, sequence),
  constraint audit_entry_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);
CREATE INDEX audit_entry_at_idx ON public.audit_entry USING btree (tenant_id, at DESC);
CREATE INDEX audit_entry_target_idx ON public.audit_entry USING btree (tenant_id, target_kind, target_id, sequence DESC);
CREATE TRIGGER audit_entry_appears AFTER INSERT ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION tell_of_config();

create table audit_head (
  tenant_id uuid not null,
  sequence bigint not null,
  hash text not null,
  constraint audit_head_pkey PRIMARY KEY (tenant_id),
  constraint audit_head_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);

create table catalogue_check (
  is_only boolean not null default true,
  checked_at timestamp with time zone,
  problem text,
  constraint catalogue_check_pkey PRIMARY KEY (is_only),
  constraint catalogue_check_only_check CHECK (is_only)
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
  constraint catalogue_model_pkey PRIMARY KEY (release_id, provider, upstream_id),
  constraint catalogue_model_release_fkey FOREIGN KEY (release_id) REFERENCES catalogue_release(id) ON DELETE CASCADE,
  constraint catalogue_model_status_check CHECK ((status = ANY (ARRAY['alpha'::text, 'beta'::text, 'deprecated'::text])))
);
CREATE INDEX catalogue_model_provider_idx ON public.catalogue_model USING btree (provider, upstream_id);

create table catalogue_provider (
  release_id uuid not null,
  provider text not null,
  name text not null,
  base_url text,
  constraint catalogue_provider_pkey PRIMARY KEY (release_id, provider),
  constraint catalogue_provider_release_fkey FOREIGN KEY (release_id) REFERENCES catalogue_release(id) ON DELETE CASCADE
);

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
  fetched_at timestamp with time zone not null default now(),
  constraint catalogue_release_pkey PRIMARY KEY (id),
  constraint catalogue_release_layer_check CHECK ((layer = ANY (ARRAY['bundled'::text, 'refreshed'::text]))),
  constraint catalogue_release_state_check CHECK ((state = ANY (ARRAY['current'::text, 'previous'::text])))
);
CREATE UNIQUE INDEX catalogue_release_state_key ON public.catalogue_release USING btree (layer, state);

create table config_change (
  revision bigint not null,
  kind text not null,
  entity_id uuid not null,
  at timestamp with time zone not null default now(),
  constraint config_change_pkey PRIMARY KEY (revision, kind, entity_id)
);

create table config_revision (
  is_only boolean not null default true,
  revision bigint not null default 0,
  constraint config_revision_pkey PRIMARY KEY (is_only),
  constraint config_revision_only_check CHECK (is_only)
);

create table idempotency_key (
  caller text not null,
  route text not null,
  key text not null,
  body_digest text not null,
  status integer,
  headers jsonb,
  sealed_body bytea,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_key_pkey PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_key_created_at_idx ON public.idempotency_key USING btree (created_at);

create table kept_response (
  id text not null,
  tenant_id uuid not null,
  project_id uuid not null,
  token_id uuid not null,
  profile_id uuid not null,
  provider_id uuid not null,
  model_id uuid not null,
  created_at timestamp with time zone not null,
  is_background boolean,
  constraint kept_response_pkey PRIMARY KEY (project_id, id)
);
CREATE INDEX kept_response_created_at_idx ON public.kept_response USING btree (created_at);

create table keyed_call (
  token_id uuid not null,
  key_digest bytea not null,
  tenant_id uuid not null,
  body_digest bytea not null,
  flight_id uuid not null,
  state text not null,
  lease_until timestamp with time zone,
  sealed_answer bytea,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint keyed_call_pkey PRIMARY KEY (token_id, key_digest),
  constraint keyed_call_flight_key UNIQUE (flight_id),
  constraint keyed_call_lease_check CHECK (((lease_until IS NOT NULL) = (state = 'open'::text))),
  constraint keyed_call_state_check CHECK ((state = ANY (ARRAY['open'::text, 'kept'::text, 'failed'::text])))
);
CREATE INDEX keyed_call_expires_idx ON public.keyed_call USING btree (expires_at);

create table live_event (
  id bigint not null generated as identity,
  xact xid8 not null default pg_current_xact_id(),
  at timestamp with time zone not null default now(),
  tenant_id uuid not null,
  project_id uuid,
  kind text not null,
  data jsonb not null,
  constraint live_event_pkey PRIMARY KEY (id),
  constraint live_event_kind_check CHECK ((kind = ANY (ARRAY['request'::text, 'decision'::text, 'skipped'::text, 'health'::text, 'allowance'::text, 'config'::text])))
);
CREATE INDEX live_event_at_idx ON public.live_event USING btree (at);
CREATE INDEX live_event_order_idx ON public.live_event USING btree (tenant_id, xact, id);

create table live_listener (
  process uuid not null,
  seen_at timestamp with time zone not null,
  constraint live_listener_pkey PRIMARY KEY (process)
);

create table member (
  id uuid not null,
  tenant_id uuid not null,
  email text not null,
  name text not null,
  password_digest text,
  must_change_password boolean not null default false,
  is_enabled boolean not null default true,
  last_sign_in_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint member_pkey PRIMARY KEY (id),
  constraint member_email_key UNIQUE (email),
  constraint member_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint member_email_check CHECK ((email = lower(email)))
);
CREATE INDEX member_tenant_idx ON public.member USING btree (tenant_id, email);

create table member_role (
  member_id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  role text not null,
  constraint member_role_key UNIQUE NULLS NOT DISTINCT (member_id, project_id),
  constraint member_role_member_fkey FOREIGN KEY (member_id) REFERENCES member(id) ON DELETE CASCADE,
  constraint member_role_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint member_role_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint member_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'operator'::text, 'viewer'::text])))
);
CREATE INDEX member_role_project_idx ON public.member_role USING btree (project_id);

create table model (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  provider_id uuid not null,
  name text not null,
  upstream_id text not null,
  operation text not null,
  capabilities text[] not null default '{}'::text[],
  context_window integer,
  max_output integer,
  defaults jsonb,
  is_enabled boolean not null default true,
  weight integer not null default 1,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  tool_names jsonb,
  constraint model_pkey PRIMARY KEY (id),
  constraint model_name_key UNIQUE (provider_id, name),
  constraint model_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint model_provider_fkey FOREIGN KEY (provider_id) REFERENCES provider(id),
  constraint model_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint model_tool_names_check CHECK ((jsonb_typeof(tool_names) = 'object'::text))
);
CREATE INDEX model_tenant_idx ON public.model USING btree (tenant_id, name);

create table pending_hold (
  project_id uuid not null,
  response_id text not null,
  allowance_id uuid not null,
  epoch integer not null,
  subject text not null,
  window_start timestamp with time zone not null,
  window_end timestamp with time zone,
  metric text not null,
  amount bigint not null,
  constraint pending_hold_response_fkey FOREIGN KEY (project_id, response_id) REFERENCES pending_response(project_id, id) ON DELETE CASCADE
);
CREATE INDEX pending_hold_counter_idx ON public.pending_hold USING btree (allowance_id, epoch, subject, window_start);
CREATE INDEX pending_hold_response_idx ON public.pending_hold USING btree (project_id, response_id);

create table pending_response (
  id text not null,
  tenant_id uuid not null,
  project_id uuid not null,
  token_id uuid not null,
  provider_id uuid not null,
  request_id uuid not null,
  started_at timestamp with time zone not null,
  attempt jsonb not null,
  price jsonb,
  prompt_tokens bigint not null,
  most_output_tokens bigint not null,
  misses integer not null,
  look_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint pending_response_pkey PRIMARY KEY (project_id, id)
);
CREATE INDEX pending_response_look_idx ON public.pending_response USING btree (look_at);
CREATE INDEX pending_response_token_idx ON public.pending_response USING btree (token_id);

create table price (
  id uuid not null,
  tenant_id uuid not null,
  model_id uuid,
  effective_from timestamp with time zone not null,
  source text not null,
  input bigint,
  cached_input bigint,
  cache_write5m bigint,
  cache_write1h bigint,
  output bigint,
  reasoning bigint,
  audio_input bigint,
  audio_output bigint,
  characters bigint,
  image bigint,
  minute bigint,
  request bigint,
  tiers jsonb not null default '[]'::jsonb,
  created_at timestamp with time zone not null default now(),
  image_input bigint,
  image_output bigint,
  search bigint,
  constraint price_pkey PRIMARY KEY (id),
  constraint price_effective_key UNIQUE (model_id, effective_from),
  constraint price_model_fkey FOREIGN KEY (model_id) REFERENCES model(id) ON DELETE SET NULL,
  constraint price_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint price_source_check CHECK (((source = 'manual'::text) OR (source ~~ 'catalogue@%'::text)))
);

create table profile (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid not null,
  name text not null,
  description text,
  operation text not null,
  is_enabled boolean not null default true,
  policy jsonb,
  price_override jsonb,
  response_model text not null default 'profile'::text,
  revision_id uuid not null,
  revision_number integer not null,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  routing jsonb,
  attempts jsonb,
  cache_seconds integer,
  constraint profile_pkey PRIMARY KEY (id),
  constraint profile_project_key UNIQUE (id, project_id),
  constraint profile_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint profile_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint profile_cache_check CHECK ((cache_seconds > 0)),
  constraint profile_response_model_check CHECK ((response_model = ANY (ARRAY['profile'::text, 'upstream'::text])))
);
CREATE INDEX profile_list_idx ON public.profile USING btree (tenant_id, name, id);

create table profile_name (
  project_id uuid not null,
  name text not null,
  profile_id uuid not null,
  position integer not null,
  constraint profile_name_key PRIMARY KEY (project_id, name),
  constraint profile_name_position_key UNIQUE (profile_id, "position"),
  constraint profile_name_profile_fkey FOREIGN KEY (profile_id, project_id) REFERENCES profile(id, project_id) ON DELETE CASCADE
);

create table profile_revision (
  id uuid not null,
  tenant_id uuid not null,
  profile_id uuid not null,
  number integer not null,
  at timestamp with time zone not null default now(),
  author_kind text not null,
  author_id uuid,
  author_name text not null,
  body jsonb not null,
  changes jsonb not null,
  constraint profile_revision_pkey PRIMARY KEY (id),
  constraint profile_revision_number_key UNIQUE (profile_id, number),
  constraint profile_revision_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);

create table profile_target (
  id uuid not null,
  profile_id uuid not null,
  model_id uuid not null,
  position integer not null,
  weight integer not null,
  priority integer not null,
  is_enabled boolean not null,
  conditions jsonb,
  constraint profile_target_pkey PRIMARY KEY (id),
  constraint profile_target_model_key UNIQUE (profile_id, model_id),
  constraint profile_target_model_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint profile_target_profile_fkey FOREIGN KEY (profile_id) REFERENCES profile(id) ON DELETE CASCADE,
  constraint profile_target_priority_check CHECK (((priority >= 0) AND (priority <= 1000))),
  constraint profile_target_weight_check CHECK (((weight >= 0) AND (weight <= 1000)))
);
CREATE INDEX profile_target_model_idx ON public.profile_target USING btree (model_id);

create table project (
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  capture text not null default 'none'::text,
  capture_days integer not null default 7,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint project_pkey PRIMARY KEY (id),
  constraint project_name_key UNIQUE (tenant_id, name),
  constraint project_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint project_capture_check CHECK ((capture = ANY (ARRAY['none'::text, 'metadata'::text, 'full'::text])))
);

create table provider (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  name text not null,
  driver text not null,
  base_url text not null,
  secret_id uuid,
  owns_secret boolean not null default false,
  credential_reference text,
  extra_headers jsonb not null default '{}'::jsonb,
  connect_ms integer not null,
  first_byte_ms integer not null,
  idle_ms integer not null,
  total_ms integer not null,
  is_enabled boolean not null default true,
  catalogue_provider text,
  source text not null default 'managed'::text,
  origin text,
  source_digest text,
  generation integer not null default 1,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  endpoints text[] not null default '{}'::text[],
  constraint provider_pkey PRIMARY KEY (id),
  constraint provider_name_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, name),
  constraint provider_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint provider_secret_fkey FOREIGN KEY (secret_id) REFERENCES secret(id),
  constraint provider_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint provider_credential_check CHECK (((secret_id IS NULL) OR (credential_reference IS NULL))),
  constraint provider_source_check CHECK ((source = ANY (ARRAY['managed'::text, 'environment'::text, 'file'::text])))
);
CREATE INDEX provider_project_idx ON public.provider USING btree (project_id) WHERE (project_id IS NOT NULL);
CREATE INDEX provider_secret_idx ON public.provider USING btree (secret_id) WHERE (secret_id IS NOT NULL);

create table provider_status (
  provider_id uuid not null,
  outcome text not null,
  at timestamp with time zone not null,
  detail text,
  latency_ms integer,
  last_ok_at timestamp with time zone,
  last_failed_at timestamp with time zone,
  constraint provider_status_pkey PRIMARY KEY (provider_id),
  constraint provider_status_provider_fkey FOREIGN KEY (provider_id) REFERENCES provider(id) ON DELETE CASCADE,
  constraint provider_status_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'auth_failed'::text, 'unreachable'::text, 'no_credential'::text])))
);

create table request (
  id uuid not null,
  started_at timestamp with time zone not null,
  tenant_id uuid,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  profile_revision_id uuid,
  provider_id uuid,
  model_id uuid,
  requested_model text,
  operation text,
  path text not null,
  is_streamed boolean not null,
  status integer not null,
  outcome text not null,
  error_code text,
  error_message text,
  attempts integer not null,
  usage_source text not null,
  input_tokens bigint not null,
  cached_input_tokens bigint not null,
  cache_write_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  audio_input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  audio_output_tokens bigint not null,
  images bigint not null,
  audio_ms bigint not null,
  characters bigint not null,
  cost_picos numeric,
  first_byte_ms double precision,
  duration_ms double precision not null,
  client_address text,
  user_agent text,
  trace_id text,
  metadata jsonb,
  decision jsonb,
  worker_id uuid,
  charges jsonb,
  served_from text,
  saved_picos numeric,
  image_input_tokens bigint,
  image_output_tokens bigint,
  searches bigint,
  background_state text,
  constraint request_pkey PRIMARY KEY (id, started_at)
) partition by RANGE (started_at);
CREATE INDEX request_started_idx ON ONLY public.request USING btree (tenant_id, started_at DESC, id DESC);
CREATE INDEX request_token_idx ON ONLY public.request USING btree (token_id, started_at DESC);
CREATE INDEX request_worker_idx ON ONLY public.request USING btree (worker_id) WHERE (worker_id IS NOT NULL);

create table request_feedback (
  request_id uuid not null,
  tenant_id uuid not null,
  project_id uuid not null,
  token_id uuid not null,
  score double precision not null,
  given_at timestamp with time zone not null,
  constraint request_feedback_pkey PRIMARY KEY (request_id, project_id),
  constraint request_feedback_score_check CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision)))
);
CREATE INDEX request_feedback_given_idx ON public.request_feedback USING btree (given_at);

create table request_payload (
  request_id uuid not null,
  tenant_id uuid not null,
  project_id uuid not null,
  ciphertext text not null,
  expires_at timestamp with time zone not null,
  constraint request_payload_pkey PRIMARY KEY (request_id)
);
CREATE INDEX request_payload_expires_idx ON public.request_payload USING btree (expires_at);

create table routing_arm_slot (
  profile_id uuid not null,
  model_id uuid not null,
  size text not null,
  slot_start timestamp with time zone not null,
  attempts bigint not null,
  reward double precision not null,
  constraint routing_arm_slot_pkey PRIMARY KEY (profile_id, model_id, size, slot_start),
  constraint routing_arm_slot_size_check CHECK ((size = ANY (ARRAY['small'::text, 'medium'::text, 'large'::text])))
);

create table secret (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid,
  name text not null,
  ciphertext bytea not null,
  wrapped_key bytea not null,
  key_version integer not null,
  use_count bigint not null default 0,
  last_used_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint secret_pkey PRIMARY KEY (id),
  constraint secret_name_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, name),
  constraint secret_key_version_fkey FOREIGN KEY (key_version) REFERENCES vault_key(version),
  constraint secret_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint secret_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);

create table session (
  id uuid not null,
  member_id uuid not null,
  tenant_id uuid not null,
  digest text not null,
  address text,
  user_agent text,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_digest_key UNIQUE (digest),
  constraint session_member_fkey FOREIGN KEY (member_id) REFERENCES member(id) ON DELETE CASCADE,
  constraint session_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);
CREATE INDEX session_expires_at_idx ON public.session USING btree (expires_at);
CREATE INDEX session_member_idx ON public.session USING btree (member_id);

create table sign_in_attempt (
  subject text not null,
  failures integer not null,
  blocked_until timestamp with time zone not null,
  last_at timestamp with time zone not null,
  constraint sign_in_attempt_pkey PRIMARY KEY (subject)
);
CREATE INDEX sign_in_attempt_last_at_idx ON public.sign_in_attempt USING btree (last_at);

create table target_health (
  model_id uuid not null,
  provider_id uuid not null,
  tenant_id uuid not null,
  state text not null,
  since timestamp with time zone not null,
  open_until timestamp with time zone,
  cool_until timestamp with time zone,
  opens integer not null,
  reason text,
  updated_at timestamp with time zone not null,
  constraint target_health_pkey PRIMARY KEY (model_id),
  constraint target_health_model_fkey FOREIGN KEY (model_id) REFERENCES model(id) ON DELETE CASCADE,
  constraint target_health_provider_fkey FOREIGN KEY (provider_id) REFERENCES provider(id) ON DELETE CASCADE,
  constraint target_health_state_check CHECK ((state = ANY (ARRAY['closed'::text, 'degraded'::text, 'open'::text])))
);
CREATE INDEX target_health_tenant_idx ON public.target_health USING btree (tenant_id);
CREATE TRIGGER target_health_appears AFTER INSERT ON public.target_health FOR EACH ROW EXECUTE FUNCTION tell_of_health();
CREATE TRIGGER target_health_changes AFTER UPDATE ON public.target_health FOR EACH ROW WHEN (((old.state IS DISTINCT FROM new.state) OR (old.cool_until IS DISTINCT FROM new.cool_until))) EXECUTE FUNCTION tell_of_health();

create table tenant (
  id uuid not null,
  name text not null,
  is_root boolean not null default false,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tenant_pkey PRIMARY KEY (id),
  constraint tenant_name_key UNIQUE (name)
);
CREATE UNIQUE INDEX tenant_root_key ON public.tenant USING btree (is_root) WHERE is_root;

create table token (
  id uuid not null,
  tenant_id uuid not null,
  project_id uuid not null,
  name text not null,
  public_id text not null,
  digest text not null,
  previous_digest text,
  previous_until timestamp with time zone,
  scopes text[],
  has_all_profiles boolean not null,
  allowed_addresses text[],
  metadata jsonb not null default '{}'::jsonb,
  is_enabled boolean not null default true,
  expires_at timestamp with time zone,
  rotated_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  allows_hints boolean not null default false,
  allows_directives boolean not null default false,
  allows_wildcard boolean not null default false,
  constraint token_pkey PRIMARY KEY (id),
  constraint token_project_key UNIQUE (id, project_id),
  constraint token_public_id_key UNIQUE (public_id),
  constraint token_project_fkey FOREIGN KEY (project_id) REFERENCES project(id),
  constraint token_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint token_previous_check CHECK (((previous_digest IS NULL) = (previous_until IS NULL)))
);
CREATE INDEX token_list_idx ON public.token USING btree (tenant_id, id DESC);
CREATE UNIQUE INDEX token_name_key ON public.token USING btree (project_id, name) WHERE (revoked_at IS NULL);

create table token_profile (
  token_id uuid not null,
  profile_id uuid not null,
  project_id uuid not null,
  constraint token_profile_pkey PRIMARY KEY (token_id, profile_id),
  constraint token_profile_profile_fkey FOREIGN KEY (profile_id, project_id) REFERENCES profile(id, project_id),
  constraint token_profile_token_fkey FOREIGN KEY (token_id, project_id) REFERENCES token(id, project_id) ON DELETE CASCADE
);
CREATE INDEX token_profile_profile_idx ON public.token_profile USING btree (profile_id);

create table usage_latency (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  provider_id uuid,
  model_id uuid,
  operation text,
  bin smallint not null,
  durations bigint not null,
  first_bytes bigint not null,
  constraint usage_latency_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation, bin)
);

create table usage_latency_day (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  provider_id uuid,
  model_id uuid,
  operation text,
  bin smallint not null,
  durations bigint not null,
  first_bytes bigint not null,
  constraint usage_latency_day_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation, bin)
);

create table usage_metadata_latency (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  key text not null,
  value text,
  bin smallint not null,
  durations bigint not null,
  first_bytes bigint not null,
  constraint usage_metadata_latency_key UNIQUE NULLS NOT DISTINCT (tenant_id, key, bucket_start, project_id, value, bin)
);

create table usage_metadata_latency_day (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  key text not null,
  value text,
  bin smallint not null,
  durations bigint not null,
  first_bytes bigint not null,
  constraint usage_metadata_latency_day_key UNIQUE NULLS NOT DISTINCT (tenant_id, key, bucket_start, project_id, value, bin)
);

create table usage_metadata_rollup (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  key text not null,
  value text,
  requests bigint not null,
  errors bigint not null,
  cancelled bigint not null,
  attempts bigint not null,
  unpriced bigint not null,
  estimated bigint not null,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  cache_write_tokens numeric not null,
  cache_write_1h_tokens numeric not null,
  audio_input_tokens numeric not null,
  output_tokens numeric not null,
  reasoning_tokens numeric not null,
  audio_output_tokens numeric not null,
  images numeric not null,
  audio_ms numeric not null,
  characters numeric not null,
  cost_picos numeric not null,
  duration_ms double precision not null,
  image_input_tokens numeric not null default 0,
  image_output_tokens numeric not null default 0,
  searches numeric not null default 0,
  constraint usage_metadata_rollup_key UNIQUE NULLS NOT DISTINCT (tenant_id, key, bucket_start, project_id, value)
);

create table usage_metadata_rollup_day (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  key text not null,
  value text,
  requests bigint not null,
  errors bigint not null,
  cancelled bigint not null,
  attempts bigint not null,
  unpriced bigint not null,
  estimated bigint not null,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  cache_write_tokens numeric not null,
  cache_write_1h_tokens numeric not null,
  audio_input_tokens numeric not null,
  image_input_tokens numeric not null,
  output_tokens numeric not null,
  reasoning_tokens numeric not null,
  audio_output_tokens numeric not null,
  image_output_tokens numeric not null,
  images numeric not null,
  audio_ms numeric not null,
  characters numeric not null,
  searches numeric not null,
  cost_picos numeric not null,
  duration_ms double precision not null,
  constraint usage_metadata_rollup_day_key UNIQUE NULLS NOT DISTINCT (tenant_id, key, bucket_start, project_id, value)
);

create table usage_project_latency (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  bin smallint not null,
  durations bigint not null,
  first_bytes bigint not null,
  constraint usage_project_latency_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id, bin)
);

create table usage_project_rollup (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  requests bigint not null,
  errors bigint not null,
  cancelled bigint not null,
  attempts bigint not null,
  unpriced bigint not null,
  estimated bigint not null,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  cache_write_tokens numeric not null,
  cache_write_1h_tokens numeric not null,
  audio_input_tokens numeric not null,
  image_input_tokens numeric not null,
  output_tokens numeric not null,
  reasoning_tokens numeric not null,
  audio_output_tokens numeric not null,
  image_output_tokens numeric not null,
  images numeric not null,
  audio_ms numeric not null,
  characters numeric not null,
  searches numeric not null,
  cost_picos numeric not null,
  duration_ms double precision not null,
  constraint usage_project_rollup_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id)
);

create table usage_rollup (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  provider_id uuid,
  model_id uuid,
  operation text,
  requests bigint not null,
  errors bigint not null,
  cancelled bigint not null,
  attempts bigint not null,
  unpriced bigint not null,
  estimated bigint not null,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  cache_write_tokens numeric not null,
  cache_write_1h_tokens numeric not null,
  audio_input_tokens numeric not null,
  output_tokens numeric not null,
  reasoning_tokens numeric not null,
  audio_output_tokens numeric not null,
  images numeric not null,
  audio_ms numeric not null,
  characters numeric not null,
  cost_picos numeric not null,
  duration_ms double precision not null,
  image_input_tokens numeric not null default 0,
  image_output_tokens numeric not null default 0,
  searches numeric not null default 0,
  constraint usage_rollup_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation)
);

create table usage_rollup_day (
  bucket_start timestamp with time zone not null,
  tenant_id uuid not null,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  provider_id uuid,
  model_id uuid,
  operation text,
  requests bigint not null,
  errors bigint not null,
  cancelled bigint not null,
  attempts bigint not null,
  unpriced bigint not null,
  estimated bigint not null,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  cache_write_tokens numeric not null,
  cache_write_1h_tokens numeric not null,
  audio_input_tokens numeric not null,
  output_tokens numeric not null,
  reasoning_tokens numeric not null,
  audio_output_tokens numeric not null,
  images numeric not null,
  audio_ms numeric not null,
  characters numeric not null,
  cost_picos numeric not null,
  duration_ms double precision not null,
  image_input_tokens numeric not null default 0,
  image_output_tokens numeric not null default 0,
  searches numeric not null default 0,
  constraint usage_rollup_day_key UNIQUE NULLS NOT DISTINCT (tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation)
);

create table vault_key (
  version integer not null,
  kind text not null,
  salt bytea,
  kdf jsonb,
  verifier bytea not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  constraint vault_key_pkey PRIMARY KEY (version),
  constraint vault_key_kdf_check CHECK (((kind = 'password'::text) = ((salt IS NOT NULL) AND (kdf IS NOT NULL)))),
  constraint vault_key_kind_check CHECK ((kind = ANY (ARRAY['master-key'::text, 'password'::text])))
);
CREATE UNIQUE INDEX vault_key_in_force_key ON public.vault_key USING btree ((true)) WHERE (retired_at IS NULL);

create table vault_sealing_key (
  id uuid not null,
  tenant_id uuid not null,
  wrapped_key bytea not null,
  key_version integer not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  constraint vault_sealing_key_pkey PRIMARY KEY (id),
  constraint vault_sealing_key_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint vault_sealing_key_version_fkey FOREIGN KEY (key_version) REFERENCES vault_key(version)
);
CREATE UNIQUE INDEX vault_sealing_key_in_force_key ON public.vault_sealing_key USING btree (tenant_id) WHERE (retired_at IS NULL);

create table vault_state (
  is_only boolean not null default true,
  is_locked boolean not null default false,
  failed_unlocks integer not null default 0,
  blocked_until timestamp with time zone,
  active_at timestamp with time zone not null default now(),
  constraint vault_state_pkey PRIMARY KEY (is_only),
  constraint vault_state_only_check CHECK (is_only)
);

CREATE OR REPLACE FUNCTION public.admit_metadata_values(for_tenant uuid, for_project uuid, for_key text, for_bucket timestamp with time zone, candidates text[], most integer)
 RETURNS SETOF text
 LANGUAGE plpgsql
AS $function$
      declare
        admitted text[];
      begin
        for is_locked in 0 .. 1 loop
          admitted := array(
            select value from usage_metadata_rollup
            where tenant_id = for_tenant and key = for_key and bucket_start = for_bucket
              and project_id is not distinct from for_project and value is not null);
          exit when is_locked = 1 or cardinality(admitted) >= most or candidates <@ admitted;
          perform pg_advisory_xact_lock(hashtextextended(
            concat_ws('/', 'metadata', for_tenant, for_project, for_key, extract(epoch from for_bucket)), 0));
        end loop;
        return query select unnest(candidates) intersect select unnest(admitted);
        return query
          select candidate from unnest(candidates) with ordinality as given(candidate, place)
          where not exists (select from unnest(admitted) as known where known = candidate)
          order by place limit greatest(0, most - cardinality(admitted));
      end $function$;

CREATE OR REPLACE FUNCTION public.is_anybody_listening()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
        select exists (select from live_listener where seen_at > now() - interval '10 minutes')
      $function$;

CREATE OR REPLACE FUNCTION public.tell_of_allowance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, project_id, kind, data)
          select tenant_id, project_id, 'allowance', jsonb_build_object(
            'allowanceId', id, 'name', name, 'subject', nullif(new.subject, ''), 'percent', new.percent)
          from allowance where id = new.allowance_id;
        end if;
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_config()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, project_id, kind, data) values (new.tenant_id, new.project_id, 'config',
            jsonb_build_object('action', new.action, 'actor', new.actor_name, 'targetKind', new.target_kind,
              'targetId', new.target_id, 'targetLabel', new.target_label));
        end if;
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_health()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, kind, data) values (new.tenant_id, 'health', jsonb_build_object(
            'modelId', new.model_id, 'providerId', new.provider_id, 'state', new.state, 'since', new.since,
            'openUntil', new.open_until, 'coolUntil', new.cool_until, 'reason', new.reason));
        end if;
        return null;
      end $function$;
