import { model, profile, snapshotOf, target } from '../../test/support/planning.js';
import { configuredTargets } from './configured.js';

describe(configuredTargets, () => {
  const led = profile([target(), target({ modelId: 'm2' })]);

  it('puts the targets of a profile together once a snapshot', () => {
    const snapshot = snapshotOf([model()]);
    const found = configuredTargets(snapshot, led, 'chat');
    expect(found).toMatchObject([{ model: { id: 'm1' } }, 'model_missing']);
    expect(configuredTargets(snapshot, led, 'chat')).toBe(found);
  });

  it('does so anew for another snapshot, and for another operation', () => {
    configuredTargets(snapshotOf([model()]), led, 'chat');
    const changed = snapshotOf([model({ isEnabled: false }), model({ id: 'm2' })]);
    expect(configuredTargets(changed, led, 'chat')).toMatchObject(['model_disabled', { model: { id: 'm2' } }]);
    expect(configuredTargets(changed, led, 'embeddings')).toMatchObject(['model_disabled', 'operation_mismatch']);
    expect(configuredTargets(changed, { ...led, isEnabled: false }, 'chat')).toEqual([
      'profile_disabled',
      'profile_disabled',
    ]);
  });
});
