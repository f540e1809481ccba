import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { ProvidersService } from '../providers/providers.service.js';
import type { TestResult } from '../providers/testing/provider-test.js';
import { ProviderTests } from '../providers/testing/provider-tests.service.js';
import { explain } from '../providers/testing/verdicts.js';
import type { ModelEntry } from '../snapshot/snapshot.js';
import type { Check } from './profile-checks.js';

type Finding = Omit<Check, 'modelId'>;

/** Asks providers about the models of a profile, with one tiny call each. */
@Injectable()
export class PreflightCalls {
  constructor(
    private readonly providers: ProvidersService,
    private readonly tests: ProviderTests,
  ) {}

  /** Lists the provider's models and calls this one. Bad news is in the answer. */
  async check(access: Access, { id: modelId, providerId, upstreamId, operation }: ModelEntry): Promise<Check[]> {
    const provider = await this.providers.get(access, providerId);
    const result = await this.tests.test(provider, { upstreamId, operation });
    const findings = [reachable(result), credential(result), exists(result, upstreamId), called(result)];
    return findings.map((finding) => ({ ...finding, modelId }));
  }
}

const NO_CREDENTIAL: ReadonlySet<TestResult['verdict']> = new Set<TestResult['verdict']>([
  'auth_failed',
  'no_credential',
  'credential_missing',
]);

function reachable({ verdict, steps }: TestResult): Finding {
  const check = 'provider_reachable';
  if (steps.length === 0) return { check, status: 'warn', message: `The provider was not asked: ${inWords(verdict)}` };
  if (isUnreachable(verdict)) return { check, status: 'fail', message: inWords(verdict) };
  return { check, status: 'pass', message: `The provider answered in ${steps[0]?.latencyMs ?? 0} ms.` };
}

function credential({ verdict }: TestResult): Finding {
  const check = 'credential_valid';
  if (NO_CREDENTIAL.has(verdict)) return { check, status: 'fail', message: inWords(verdict) };
  if (verdict === 'vault_locked') return { check, status: 'warn', message: inWords(verdict) };
  if (isUnreachable(verdict)) return { check, status: 'warn', message: 'It could not be tried.' };
  return { check, status: 'pass', message: 'The provider takes the credential.' };
}

function exists({ verdict, steps, models }: TestResult, upstreamId: string): Finding {
  const check = 'upstream_model_exists';
  if (verdict === 'model_not_found') return { check, status: 'fail', message: inWords(verdict) };
  if (models?.some((model) => model.upstreamId === upstreamId)) {
    return { check, status: 'pass', message: `The provider lists ${upstreamId}.` };
  }
  const answers = steps.some(({ name, verdict: found }) => name === 'call' && found === 'ok');
  if (answers)
    return { check, status: 'pass', message: `The provider does not list ${upstreamId}, but answers for it.` };
  return { check, status: 'warn', message: `Whether the provider has ${upstreamId} could not be told.` };
}

function called({ steps }: TestResult): Finding {
  const check = 'test_call';
  const call = steps.find(({ name }) => name === 'call');
  if (!call) return { check, status: 'warn', message: 'No call was made.' };
  if (call.verdict === 'ok') return { check, status: 'pass', message: `It answered in ${call.latencyMs} ms.` };
  const status = call.verdict === 'rate_limited' ? 'warn' : 'fail';
  return { check, status, message: call.detail ?? inWords(call.verdict) };
}

function isUnreachable(verdict: TestResult['verdict']): boolean {
  return explain(verdict).outcome === 'unreachable';
}

function inWords(verdict: TestResult['verdict']): string {
  const { message, hint } = explain(verdict);
  return hint === null ? message : `${message} ${hint}`;
}
