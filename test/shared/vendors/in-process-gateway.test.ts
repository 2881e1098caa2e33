import { inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import { describeVendorGateway } from '../../contracts/vendor-gateway.ts';

describeVendorGateway('in this process', async (functions) => {
  const vendors = new Map(
    [...functions].map(([name, { kind, handler }]) => [name, { kind, invoke: handler }]),
  );
  return { gateway: inProcessGateway(vendors), close: () => {} };
});
