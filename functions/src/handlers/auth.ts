import { acceptInvite } from "@postern/control/identity/accept-invite";
import { createCredential } from "@postern/control/identity/credential";
import { deleteCredential } from "@postern/control/identity/credential-end";
import { login } from "@postern/control/identity/login";
import { logout } from "@postern/control/identity/logout";
import { describeInvite } from "@postern/control/identity/open-invite";
import { getStatus } from "@postern/control/identity/status";
import type { AuthDeps } from "@postern/control/ports";
import type { Handlers } from "../handlers.ts";

/** People's identities: holds the keys of client certificates and access tokens. */
export const authHandlers: Handlers<"auth", AuthDeps> = {
  login,
  logout,
  getStatus,
  describeInvite,
  acceptInvite,
  createCredential,
  deleteCredential,
};
