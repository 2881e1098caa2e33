/**
 * Authentication: verifies tokens of the environment's issuer and looks up logins in the directory
 * of people.
 */

export {
  type AuthContext,
  type AuthenticatedPerson,
  type AuthenticationPorts,
  authenticatedPerson,
  customRoles,
} from './authenticated-person.ts';
export {
  type DirectoryPorts,
  type EnrolmentContext,
  enrol,
  type NewPerson,
  openPeople,
  openPerson,
  type PersonalData,
  seedRole,
} from './directory.ts';
export {
  FirstAdminError,
  IdentityUnavailableError,
  PersonTakenError,
  type TokenFault,
  TokenRefusedError,
  UnknownPersonError,
} from './errors.ts';
export { claimFirstAdmin, type FirstAdminClaim, type FirstAdminPorts } from './first-admin.ts';
export { parseKeySet } from './key-set.ts';
export {
  directoryIndexKeys,
  directoryList,
  directoryTarget,
  PEOPLE,
  type PersonBody,
  personKind,
} from './person.ts';
export type { IssuerKeys, KeySet, Login, TokenVerifier } from './ports.ts';
export { sessionName } from './session.ts';
export { TOKEN_LIFE_MS, type TokenVerifierOptions, tokenVerifier } from './token.ts';
