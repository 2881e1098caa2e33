import { DeleteQueueCommand, ListQueueTagsCommand, paginateListQueues } from '@aws-sdk/client-sqs';
import type { Leftover, Whose } from '../cleanup.ts';
import type { Clients } from '../clients.ts';
import { TAG } from '../run.ts';
import { isOurs, prefixOf } from './ours.ts';

export async function* queuesLeft(
  { sqs: client }: Clients,
  whose: Whose,
): AsyncGenerator<Leftover> {
  for await (const { QueueUrls = [] } of paginateListQueues(
    { client, pageSize: 1_000 },
    { QueueNamePrefix: prefixOf(whose) },
  )) {
    for (const QueueUrl of QueueUrls) {
      const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }));
      const name = QueueUrl.split('/').at(-1) ?? '';
      if (!isOurs(whose, Tags[TAG], name)) continue;

      yield {
        what: `queue ${name}`,
        remove: () => client.send(new DeleteQueueCommand({ QueueUrl })),
        command: `aws sqs delete-queue --queue-url ${QueueUrl}`,
      };
    }
  }
}
