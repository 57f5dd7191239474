import { createJoinChallenge } from "@postern/control/host/challenge";
import { heartbeat } from "@postern/control/host/heartbeat";
import { joinHost } from "@postern/control/host/join";
import { joinHostByIam } from "@postern/control/host/join-by-iam";
import { renewHost } from "@postern/control/host/renew";
import type { JoinDeps } from "@postern/control/ports";
import type { Handlers } from "../handlers.ts";

/** Hosts' identities: holds the key of their server certificates. */
export const joinHandlers: Handlers<"join", JoinDeps> = {
  joinHost,
  createJoinChallenge,
  joinHostByIam,
  renewHost,
  heartbeat,
};
