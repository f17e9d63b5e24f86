import { join } from 'node:path';
import { VolumeStore } from '../index.ts';
import { testDriver } from '../testing/driver-contract.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

testDriver('a local folder', false, async (t) => {
  const driver = await VolumeStore.open(join(await temporaryFolder(t), 'store'));
  t.after(() => driver.close());
  return {
    driver,
    async write(volume, offsetBytes, data) {
      const disk = await driver.open(volume);
      await disk.write(offsetBytes, data);
      await disk.flush();
      await disk.close();
    },
  };
});
