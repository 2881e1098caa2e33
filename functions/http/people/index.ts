import { type HttpFunction, httpFunction } from '../../middleware/http-function.ts';
import type { PeoplePorts } from '../../middleware/http-ports.ts';
import { claimFirstAdmin } from './first-admin.ts';
import { getMe, getPerson, listPeople } from './people.ts';
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
