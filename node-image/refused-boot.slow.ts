/** Real boots of the golden image that cannot be: each is said, and powers the node off. Slow, so by `npm run test:slow` only. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cannotBoot, Rig } from './testing/rig.ts';

const skip = cannotBoot();
const options = { skip, timeout: 300_000 };
let rig: Rig;
before(async () => {
  if (skip === false) rig = await Rig.start();
});
after(() => rig?.[Symbol.asyncDispose]());

const failures: [string, (config: Record<string, string>) => Record<string, string>, RegExp][] = [
  [
    'a wrong secret',
    (config) => ({ ...config, CHAP_SECRET: 'wrong-secret-000' }),
    /FAILED: logging in to iqn/,
  ],
  [
    'an unknown target',
    (config) => ({ ...config, TARGET_NAME: 'iqn.2026-01.test:none' }),
    /FAILED: logging in to iqn/,
  ],
  [
    'a configuration without a target',
    ({ TARGET_NAME: _, ...config }) => config,
    /FAILED: reading the boot configuration, it has no TARGET_NAME/,
  ],
];
for (const [what, change, expected] of failures) {
  test(`${what} is said on the console and to the service, and powers the node off`, options, async () => {
    const node = await rig.bootDirectly(change(await rig.config()));
    const event = await rig.service.hear('/boot/token/event', 90_000);
    assert.match(event.body, /^stage=failed&reason=[\w.:+-]+$/);
    await node.off(60_000);
    assert.match(await node.console(), expected);
  });
}

test(
  'a boot token that was used already is said on the console, and powers the node off',
  options,
  async () => {
    const node = await rig.bootDirectly({}, rig.cmdline);
    await rig.service.hear('/boot/token/config', 90_000);
    await node.off(90_000);
    const again = await rig.bootDirectly(await rig.config());
    rig.service.spendToken();
    await again.off(90_000);
    assert.match(
      await again.console(),
      /FAILED: fetching the boot configuration, its token was used already/,
    );
  },
);
