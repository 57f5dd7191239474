/** Who is logged in, in this browser: from what it keeps, until the person logs out or the login is over. */
import { type CallOutput, type Client, createClient } from "@postern/client/client";
import { generateSealedProofKey } from "@postern/client/proof";
import type { LoginRequest } from "@postern/core/api/identity";
import { isFault } from "@postern/core/fault";
import { useCallback, useEffect, useState } from "react";
import { forgetLogin, type KeptLogin, keepLogin, loadLogin } from "./kept-login.ts";

export interface Session {
  readonly status: CallOutput<"getStatus">;
  readonly call: Client["call"];
}

export type SessionState =
  | { readonly type: "loading" }
  | { readonly type: "out"; readonly reason?: string }
  | { readonly type: "in"; readonly session: Session }
  /** Nobody knows: the control plane doesn't answer. */
  | { readonly type: "unknown"; readonly error: unknown };

export interface SessionControl {
  readonly state: SessionState;
  /** Throws Fault: `auth.second_factor` where the user's code is wanted as well. */
  readonly logIn: (body: LoginRequest) => Promise<void>;
  readonly logOut: () => Promise<void>;
  readonly retry: () => Promise<void>;
}

export function useSession(): SessionControl {
  const [state, setState] = useState<SessionState>({ type: "loading" });
  const retry = useCallback(async () => {
    setState(await resume((reason) => setState({ type: "out", reason })));
  }, []);
  const logIn = useCallback(
    async (body: LoginRequest) => {
      const key = await generateSealedProofKey();
      const { access_token } = await createClient({ url: location.origin, key }).call("login", { body });
      await keepLogin({ accessToken: access_token, key });
      await retry();
    },
    [retry],
  );
  const logOut = useCallback(async () => {
    if (state.type === "in") await state.session.call("logout", { body: {} }).catch(unlessOver);
    await forgetLogin();
    setState({ type: "out" });
  }, [state]);
  useEffect(() => void retry(), [retry]);
  return { state, logIn, logOut, retry };
}

async function resume(onOver: (reason: string) => void): Promise<SessionState> {
  try {
    const login = await loadLogin();
    if (login === undefined) return { type: "out" };
    const call = connect(login, onOver);
    return { type: "in", session: { status: await call("getStatus", {}), call } };
  } catch (error) {
    return isOver(error) ? { type: "out", reason: error.message } : { type: "unknown", error };
  }
}

/** Calls as the person. A login that is over is forgotten, whichever call finds it so. */
function connect({ accessToken, key }: KeptLogin, onOver: (reason: string) => void): Client["call"] {
  const client = createClient({ url: location.origin, key, accessToken: () => accessToken });
  return async (name, input) => {
    try {
      return await client.call(name, input);
    } catch (error) {
      if (isOver(error)) {
        await forgetLogin();
        onOver(error.message);
      }
      throw error;
    }
  };
}

function isOver(error: unknown): error is Error {
  return isFault(error, "auth.expired", "auth.invalid", "auth.missing");
}

/** Whoever logs out of a login that is over has what he wants. */
function unlessOver(error: unknown): void {
  if (!isOver(error)) throw error;
}
