import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { WorkerIdentity } from '../config/worker-identity.js';
import { Drain } from '../usage/drain.service.js';
import { ServingParts } from './serving-parts.js';
import { TrafficParts } from './traffic-parts.js';

type Kind = 'counter' | 'gauge';
type Sample = readonly [name: string, kind: Kind, help: string, value: number];

const MICROSECONDS = 1e6;
const MILLISECONDS = 1e3;

/** This process's numbers in Prometheus' text format. The only label is the worker's slot, so there are few series. */
@Injectable()
export class Metrics {
  constructor(
    private readonly parts: ServingParts,
    private readonly drain: Drain,
    private readonly worker: WorkerIdentity,
    private readonly traffic: TrafficParts,
  ) {}

  text(): string {
    const calls = [
      ...this.serving(),
      ...this.targets(),
      ...this.attempts(),
      ...this.limits(),
      ...this.keyed(),
      ...this.cache(),
      ...this.answers(),
    ];
    const samples = [...calls, ...this.journal(), ...this.ledger(), ...this.process()];
    return samples.map((sample) => this.lines(sample)).join('');
  }

  private lines([name, kind, help, value]: Sample): string {
    const full = name.startsWith('process_') || name.startsWith('nodejs_') ? name : `waggle_${name}`;
    return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${full}{worker="${this.worker.slot}"} ${value}\n`;
  }

  private serving(): Sample[] {
    const { inFlight, snapshot, vault } = this.parts;
    const { revision, tokens, profiles, models, providers } = snapshot.get();
    return [
      ['calls_in_flight', 'gauge', 'Client calls that have not ended.', inFlight.calls],
      ['body_bytes_in_flight', 'gauge', 'Bytes of request and answer bodies held in memory.', inFlight.bytes],
      ['draining', 'gauge', '1 while the process is going away.', Number(inFlight.isDraining)],
      ['snapshot_revision', 'gauge', 'Revision of the configuration in force.', revision],
      ['snapshot_tokens', 'gauge', 'Tokens in force.', tokens.size],
      ['snapshot_profiles', 'gauge', 'Profiles in force.', profiles.size],
      ['snapshot_models', 'gauge', 'Models in force.', models.size],
      ['snapshot_providers', 'gauge', 'Providers in force.', providers.size],
      ['vault_locked', 'gauge', '1 while the vault is locked.', Number(vault.state() === 'locked')],
    ];
  }

  private targets(): Sample[] {
    const { health } = this.traffic;
    const states = { closed: 0, degraded: 0, open: 0, half_open: 0 };
    for (const { state } of health.all()) states[state]++;
    return [
      ['targets_degraded', 'gauge', 'Models that fail more often than they should.', states.degraded],
      ['targets_open', 'gauge', 'Models out of service, or whose provider asked to wait.', states.open],
      ['targets_half_open', 'gauge', 'Models that the next call is to try.', states.half_open],
      ['target_changes_total', 'counter', 'Changes of health that this process saw first.', health.changes],
    ];
  }

  private attempts(): Sample[] {
    const { retry, failover, clamped, hedge, repair, continuation } = this.traffic.attempts.extra;
    return [
      ['attempts_retried_total', 'counter', 'Calls sent to the same model once more.', retry],
      ['attempts_failed_over_total', 'counter', 'Calls sent to another model.', failover],
      ['attempts_clamped_total', 'counter', 'Calls repeated with less room for their answer.', clamped],
      ['attempts_hedged_total', 'counter', 'Calls sent to a second model since the first was slow.', hedge],
      [
        'attempts_repaired_total',
        'counter',
        'Calls repeated since the answer was not in the format asked for.',
        repair,
      ],
      ['attempts_continued_total', 'counter', 'Calls sent to go on with a stream that broke off.', continuation],
      [
        'retries_refused_total',
        'counter',
        'Retries for which there was no budget.',
        this.traffic.health.retriesRefused,
      ],
    ];
  }

  private journal(): Sample[] {
    const { metrics } = this.parts.journal;
    const age = metrics.oldestAgeMs / MILLISECONDS;
    return [
      ['journal_accepting', 'gauge', '0 while new calls get 503.', Number(this.parts.journal.isAccepting())],
      ['journal_waiting_bytes', 'gauge', 'Bytes that wait to be drained.', metrics.waitingBytes],
      ['journal_oldest_age_seconds', 'gauge', 'How long the oldest entry has waited.', age],
      ['journal_segments', 'gauge', 'Files of the journal.', metrics.segments],
      ['journal_staged_entries', 'gauge', 'Entries in memory that the disk refused.', metrics.stagedEntries],
      ['journal_appended_total', 'counter', 'Entries appended.', metrics.appendedEntries],
      ['journal_lost_total', 'counter', 'Entries for which there was no room.', metrics.lostEntries],
      ['journal_disk_errors_total', 'counter', 'Writes and syncs that failed.', metrics.diskErrors],
      ['journal_damaged_segments_total', 'counter', 'Files put aside as damaged.', metrics.damagedSegments],
    ];
  }

  private ledger(): Sample[] {
    const { requests, attempts, rejectedEntries, failures } = this.drain.metrics;
    return [
      ['ledger_requests_total', 'counter', 'Requests drained into the ledger.', requests],
      ['ledger_attempts_total', 'counter', 'Attempts drained into the ledger.', attempts],
      ['ledger_rejected_total', 'counter', 'Journal entries that the ledger refused.', rejectedEntries],
      ['ledger_failures_total', 'counter', 'Batches that failed and were tried again.', failures],
    ];
  }

  private limits(): Sample[] {
    const { size } = this.parts.snapshot.get().allowances;
    const { holds, isCutOff, opened, refused, syncs, failures, grants } = this.traffic.leases.metrics;
    return [
      ['allowances', 'gauge', 'Allowances in force.', size],
      ['allowance_counters_held', 'gauge', 'Counters with something set aside; 0 at rest.', holds],
      ['allowance_postgres_away', 'gauge', '1 while allowances live on leases alone.', Number(isCutOff)],
      ['allowance_open_total', 'counter', 'Calls let through without knowing what is left.', opened],
      ['allowance_refused_total', 'counter', 'Calls refused by an allowance.', refused],
      ['allowance_syncs_total', 'counter', 'Exchanges with Postgres.', syncs],
      ['allowance_sync_failures_total', 'counter', 'Exchanges that failed.', failures],
      ['allowance_grants_total', 'counter', 'Grants received.', grants],
    ];
  }

  private keyed(): Sample[] {
    const { flights, started, replayed, failures } = this.traffic.kept.keyed.metrics;
    return [
      ['keyed_calls_in_flight', 'gauge', 'First calls with an Idempotency-Key that have not ended.', flights],
      ['keyed_calls_total', 'counter', 'First calls with an Idempotency-Key.', started],
      ['keyed_replays_total', 'counter', 'Calls that got the answer to an earlier one.', replayed],
      [
        'keyed_failures_total',
        'counter',
        'Keys that could not be looked up, and answers that were not kept.',
        failures,
      ],
    ];
  }

  private cache(): Sample[] {
    const { entries, bytes, hits, misses } = this.traffic.kept.cache.metrics;
    return [
      ['cache_entries', 'gauge', 'Answers kept for profiles that cache.', entries],
      ['cache_bytes', 'gauge', 'Bytes of them.', bytes],
      ['cache_hits_total', 'counter', 'Calls answered from the cache.', hits],
      ['cache_misses_total', 'counter', 'Calls that looked there in vain.', misses],
    ];
  }

  private answers(): Sample[] {
    const { responses, schemas } = this.traffic.kept;
    return [
      ['kept_responses_known', 'gauge', 'Responses at providers that this process finds by itself.', responses.size],
      [
        'responses_settled_late_total',
        'counter',
        'Responses whose use was known after their call.',
        responses.pending.settledCount,
      ],
      ['schema_checks_waiting', 'gauge', 'Answers that wait to be checked with a schema.', schemas.waitingJobs],
    ];
  }

  private process(): Sample[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const { active, idle } = performance.eventLoopUtilization();
    return [
      ['process_cpu_seconds_total', 'counter', 'CPU time used.', (user + system) / MICROSECONDS],
      ['process_resident_memory_bytes', 'gauge', 'Memory held.', rss],
      ['nodejs_heap_used_bytes', 'gauge', 'Heap in use.', heapUsed],
      ['nodejs_eventloop_active_seconds_total', 'counter', 'Time the event loop worked.', active / MILLISECONDS],
      ['nodejs_eventloop_idle_seconds_total', 'counter', 'Time the event loop waited.', idle / MILLISECONDS],
    ];
  }
}
