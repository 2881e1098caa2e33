import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Clients } from '../clients.ts';
import { bucketOf } from '../resources/bucket.ts';
import { ADMINISTRATOR, SEQUENCER } from '../roles.ts';
import { type Fact, OPERATOR } from './fact.ts';

/** The fact about the archive. */

export const ifNoneMatch: Fact = {
  name: 'if-none-match',
  question: 'what does `s3:if-none-match` do over a delete marker',
  attempts(run) {
    const object = { Bucket: bucketOf(run), Key: 'log/1' };
    const put = ({ s3 }: Clients) =>
      s3.send(new PutObjectCommand({ ...object, Body: 'a', IfNoneMatch: '*' }));

    return [
      { by: SEQUENCER, does: 'puts an object', expected: 'done', act: put },
      { by: SEQUENCER, does: 'puts it again', expected: 'refused PreconditionFailed', act: put },
      {
        by: SEQUENCER,
        does: 'puts it again without the header',
        expected: 'denied',
        act: ({ s3 }) => s3.send(new PutObjectCommand({ ...object, Body: 'b' })),
      },
      { by: ADMINISTRATOR, does: 'puts an object', expected: 'denied', act: put },
      {
        by: OPERATOR,
        does: 'marks the object deleted, as the policy of this bucket lets them and that of a deployed one does not',
        expected: 'done',
        act: ({ s3 }) => s3.send(new DeleteObjectCommand(object)),
      },
      // nothing rests on which: where nobody removes, there is no delete marker
      {
        by: SEQUENCER,
        does: 'puts it over the delete marker',
        expected: ['done', 'refused PreconditionFailed'],
        act: put,
      },
    ];
  },
};
