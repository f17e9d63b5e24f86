/** The provisioning service as a process of its own, which a test can kill: `service-process.ts OPTIONS`. */
import { createLogger } from '@bullion/service';
import { openProvisioning, type ProvisioningOptions } from '../index.ts';

if (import.meta.main) {
  const options = JSON.parse(process.argv[2]!) as Omit<ProvisioningOptions, 'logger'>;
  const logger = createLogger(process.env.BULLION_LOG ?? 'silent');
  const service = await openProvisioning({ ...options, logger });
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 });
  await service.start();
  process.once('SIGTERM', () => void service.close().then(() => process.exit(0)));
  console.log(url);
}
