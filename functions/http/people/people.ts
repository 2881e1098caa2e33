import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import {
  directoryList,
  directoryTarget,
  openPeople,
  openPerson,
  type PersonBody,
  personKind,
} from '#shared/identity/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PAGE } from '../../framework/http/page.ts';
import { linkTo, readPage } from '../../framework/http/read-page.ts';
import { PLATFORM } from '../platform.ts';
import { personSchema, personView } from './person-view.ts';

export const getMe = () =>
  endpoint({
    method: 'GET',
    path: '/me',
    operationId: 'getMe',
    summary: 'Returns your own record: your roles and the workspaces that you can access.',
    action: 'person.read',
    response: { status: 200, json: personSchema },
    async handle(call, ports) {
      const { person } = call.by;
      const self = resourceOf(person);
      call.requireVisible('person.read', self, self);
      return {
        body: personView(person, await openPerson(ports, person)),
        audit: peopleContext([person]),
      };
    },
  });

export const listPeople = () =>
  endpoint({
    method: 'GET',
    path: '/people',
    operationId: 'listPeople',
    summary: 'Lists the people in the directory that you are allowed to see.',
    action: 'person.list',
    request: { query: z.strictObject(PAGE) },
    response: {
      status: 200,
      json: z.strictObject({ people: z.array(personSchema), cursor: z.optional(z.string()) }),
      refusals: ['request.cursor'],
    },
    async handle(call, ports) {
      call.requireVisible('person.list', PLATFORM, PLATFORM);

      const { documents, cursor } = await readPage(
        ports,
        call.by.person.id,
        { list: directoryList.people, ...call.given.query },
        isPerson,
      );

      const readable = documents.flatMap((document) => personKind.find(document) ?? []);
      const malformed = documents.length - readable.length;
      if (malformed > 0) ports.metrics.add('DocumentsUnreadable', malformed);

      const people = readable.filter(
        (person) => call.isAllowed('person.read', resourceOf(person)).allowed,
      );
      const personal = await openPeople(ports, people);

      return {
        body: {
          people: people.map((person) => personView(person, personal.get(person.id) ?? {})),
          cursor,
        },
        headers: linkTo(call.given.query, cursor),
        audit: peopleContext(people),
      };
    },
  });

export const getPerson = () =>
  endpoint({
    method: 'GET',
    path: '/people/{person}',
    operationId: 'getPerson',
    summary: 'Returns a person in the directory.',
    action: 'person.read',
    request: {
      path: z.strictObject({ person: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/)) }),
    },
    response: { status: 200, json: personSchema },
    async handle(call, ports) {
      const { person: id } = call.given.path;
      const [document] = await ports.ledger.read([directoryTarget.person(id)]);
      const person = personKind.find(document);
      const sought = resourceOf({ id });
      call.requireVisible('person.read', person === undefined ? undefined : sought, sought);

      return {
        body: personView(assertFound(person), await openPerson(ports, assertFound(person))),
        audit: peopleContext([assertFound(person)]),
      };
    },
  });

const resourceOf = ({ id }: Pick<PersonBody, 'id'>): Resource => ({ type: 'Person', id });

const isPerson = (target: string) => target.startsWith(directoryTarget.person(''));

/** Returns the audit context of the people who were read. */
export function peopleContext(people: readonly PersonBody[]) {
  const targets = people.map(({ id }) => ({ kind: 'person', id }));
  return {
    workspace: 'platform',
    targets,
    classes: people.length === 0 ? undefined : ['personal' as const],
  };
}
