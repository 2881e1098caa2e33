import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { claimFirstAdmin } from './first-admin.ts';
import { getMe, getPerson, listPeople } from './people.ts';
import type { PeoplePorts } from './ports.ts';
import { getRole, listRoles } from './roles.ts';

/** Function `people`: returns the directory and its roles, and creates the first admin. */
export const http: HttpFunction<PeoplePorts> = httpFunction<PeoplePorts>([
  getMe(),
  listPeople(),
  getPerson(),
  claimFirstAdmin(),
  listRoles(),
  getRole(),
]);
