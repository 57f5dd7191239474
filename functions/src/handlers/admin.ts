import { inviteUser } from "@postern/control/identity/invite";
import { resetUser } from "@postern/control/identity/reset-user";
import type { Base } from "@postern/control/ports";
import { deleteResource } from "@postern/control/resource/delete";
import { getResource, listResources } from "@postern/control/resource/get";
import { createToken, deleteToken, listTokens } from "@postern/control/resource/token";
import { writeResource } from "@postern/control/resource/write";
import type { Handlers } from "../handlers.ts";

/** Keeps resources, users and join tokens: signs nothing. */
export const adminHandlers: Handlers<"admin", Base> = {
  listResources,
  getResource,
  writeResource,
  deleteResource,
  inviteUser,
  resetUser,
  createToken,
  listTokens,
  deleteToken,
};
