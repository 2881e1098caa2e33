import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { claimFirstAdmin } from './first-admin.ts';
import { getMe, getPerson, listPeople } from './people.ts';
import type { PeoplePorts } from './ports.ts';
import { getRole, listRoles } from './roles.ts';

/**
 * The function of people: shows the directory and its roles, and makes the first admin. The build
 * takes it as it is.
 */
export const http: HttpFunction<PeoplePorts> = httpFunction<PeoplePorts>([
  getMe(),
  listPeople(),
  getPerson(),
  claimFirstAdmin(),
  listRoles(),
  getRole(),
]);
