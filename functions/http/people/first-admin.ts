import { claimFirstAdmin as claim, openPerson } from '#shared/identity/index.ts';
import { loginEndpoint } from '../../framework/http/endpoint.ts';
import { toldOfPeople } from './people.ts';
import { personSchema, personView } from './person-view.ts';
import type { PeoplePorts } from './ports.ts';

export const claimFirstAdmin = () =>
  loginEndpoint({
    method: 'POST',
    path: '/people/first-admin',
    operationId: 'claimFirstAdmin',
    summary:
      'Makes you the first admin, if you are the one whom the deployment names. It works once; again it is answered as done.',
    action: 'person.first-admin',
    response: {
      status: 201,
      again: 200,
      json: personSchema,
      refusals: ['identity.not-first-admin', 'identity.first-admin-taken', 'person.taken'],
    },
    async handle(call, ports: PeoplePorts) {
      const { auth, origin } = call.authContext;
      const how = { auth, origin, trace: call.requestId };
      const { person, first } = await claim(ports, call.login, ports.firstAdmin, how);
      const body = personView(person, await openPerson(ports, person));
      return first
        ? { body }
        : { again: true, body, audit: { ...toldOfPeople([person]), action: 'person.read' } };
    },
  });
