import type { Driver } from '../../providers/drivers/driver.js';
import type { Candidate } from '../../routing/planner.js';
import { relayErrors } from '../relay.errors.js';
import { findTranslation } from '../translate/translations.js';
import type { Translation } from '../translate/translation.js';
import type { Call } from './call.js';
import type { Trouble } from './call-failure.js';

/**
 * Finds the way between the client's dialect and a candidate's: none is needed (`undefined`, the bytes pass), a
 * translation, or the reason why there is no way.
 */
export function laneTo(call: Call, driver: Driver, { model }: Candidate): Translation | Trouble | undefined {
  const { endpoint, operation } = call;
  const dialect = driver.speaks(operation, model);
  if (dialect === endpoint.dialect) return undefined;
  const translation = endpoint.path === undefined ? findTranslation(endpoint.dialect, dialect) : undefined;
  if (translation) return translation;
  const error = relayErrors.untranslatable({ model: call.requestedModel ?? '', dialect, param: 'model' });
  return { outcome: 'rejected', errorClass: 'unavailable', error };
}
