/** The market's story on the rack: a server changes hands by auction, boots, is recalled, and is paid for exactly. */
import { test } from 'node:test';
import { MARKET_FLAGS, tellMarketStory } from './market-story.ts';
import { Rig } from './rig.ts';
import { noRack, rackFile } from './stage.ts';
import { Telling } from './telling.ts';

test('a server is let, delivered, booted, recalled and paid for to the last micro-credit', {
  skip: await noRack(),
  timeout: 900_000,
}, async () => {
  const rig = await Rig.up({ spec: rackFile('two'), serve: MARKET_FLAGS });
  try {
    await rig.bullion(['rack', 'register', rig.rack.name]);
    await tellMarketStory(rig, new Telling(process.env.BULLION_VERBOSE ? process.stderr : undefined));
  } finally {
    await rig.close();
  }
});
