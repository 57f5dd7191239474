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
  /** Whatever becomes of it at the server, this browser forgets the login. */
  readonly logOut: () => Promise<void>;
  readonly retry: () => Promise<void>;
}

export function useSession(): SessionControl {
  const [state, setState] = useState<SessionState>({ type: "loading" });
  const retry = useCallback(async () => setState(await resume(setState)), []);
  const logIn = useCallback(
    async (body: LoginRequest) => {
      await openLogin(body);
      await retry();
    },
    [retry],
  );
  const logOut = useCallback(async () => {
    const login = await loadLogin();
    if (login !== undefined) await endLogin(login);
    setState({ type: "out" });
  }, []);
  useEffect(() => void retry(), [retry]);
  return { state, logIn, logOut, retry };
}

/** What can't be kept is ended again: nobody could go on with it. */
async function openLogin(body: LoginRequest): Promise<void> {
  const key = await generateSealedProofKey();
  const { access_token } = await createClient({ url: location.origin, key }).call("login", { body });
  const login = { accessToken: access_token, key };
  try {
    await keepLogin(login);
  } catch (cause) {
    await endAtServer(login);
    throw new Error("this browser lets pages keep nothing, and a login has to be kept", { cause });
  }
}

async function endLogin(login: KeptLogin): Promise<void> {
  await endAtServer(login);
  await forgetLogin(login);
}

/** Whoever logs out of a login that is over has what he wants, and who gets no answer has it here at least. */
async function endAtServer(login: KeptLogin): Promise<void> {
  await clientOf(login)
    .call("logout", { body: {} })
    .catch(() => undefined);
}

/** @param onOver told the new state, once the login that was resumed is found to be over */
async function resume(onOver: (state: SessionState) => void): Promise<SessionState> {
  const login = await loadLogin().catch(() => undefined); // where none can be kept, none is
  if (login === undefined) return { type: "out" };
  try {
    const status = await clientOf(login).call("getStatus", {});
    return { type: "in", session: { status, call: connect(login, onOver) } };
  } catch (error) {
    return isOver(error) ? await goOnAfter(login, error.message, onOver) : { type: "unknown", error };
  }
}

/** With the login of another tab, where there is one. */
async function goOnAfter(
  login: KeptLogin,
  reason: string,
  onOver: (state: SessionState) => void,
): Promise<SessionState> {
  await forgetLogin(login);
  const state = await resume(onOver);
  return state.type === "out" ? { type: "out", reason } : state;
}

/** Calls as the person. A login that is over is forgotten, whichever call finds it so. */
function connect(login: KeptLogin, onOver: (state: SessionState) => void): Client["call"] {
  const client = clientOf(login);
  return async (name, input) => {
    try {
      return await client.call(name, input);
    } catch (error) {
      if (isOver(error)) onOver(await goOnAfter(login, error.message, onOver));
      throw error;
    }
  };
}

function clientOf({ accessToken, key }: KeptLogin): Client {
  return createClient({ url: location.origin, key, accessToken: () => accessToken });
}

/** Not `auth.invalid`: a clock that is wrong is no reason to throw a login away. */
function isOver(error: unknown): error is Error {
  return isFault(error, "auth.expired", "auth.missing");
}
