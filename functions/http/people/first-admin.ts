import { claimFirstAdmin as claim, openPerson } from '#shared/identity/index.ts';
import { loginEndpoint } from '../../framework/http/endpoint.ts';
import { peopleContext } from './people.ts';
import { personSchema, personView } from './person-view.ts';
import type { PeoplePorts } from './ports.ts';

export const claimFirstAdmin = () =>
  loginEndpoint({
    method: 'POST',
    path: '/people/first-admin',
    operationId: 'claimFirstAdmin',
    summary:
      'Makes you the first admin if the deployment names you. Works once; repeating it is a success.',
    action: 'person.first-admin',
    response: {
      status: 201,
      again: 200,
      json: personSchema,
      refusals: ['identity.not-first-admin', 'identity.first-admin-taken', 'person.taken'],
    },
    async handle(call, ports: PeoplePorts) {
      const { auth, origin } = call.authContext;
      const context = { auth, origin, trace: call.requestId };
      const { person, first } = await claim(ports, call.login, ports.firstAdmin, context);
      const body = personView(person, await openPerson(ports, person));
      return first
        ? { body }
        : { again: true, body, audit: { ...peopleContext([person]), action: 'person.read' } };
    },
  });
