/** The second factor's code at a login. */
import { TotpCode } from "@postern/core/credential/totp";
import { isFault } from "@postern/core/fault";
import { UsageError } from "../failure.ts";
import { askText, isTerminal } from "./ask.ts";

/**
 * Acts with the code that was given, and once more with one that is asked for where the user turns out to need it: whether
 * he does is told only to those who know his password.
 */
export async function withCode<T>(
  given: string | undefined,
  act: (code: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await act(given);
  } catch (error) {
    if (!isFault(error, "auth.second_factor")) throw error;
    if (!isTerminal()) throw new UsageError("no terminal to ask for the second factor's code: use --otp");
    return await act(await askText("Code of the second factor", codeProblem));
  }
}

export function codeProblem(text: string): string | undefined {
  return TotpCode.safeParse(text).error?.issues[0]?.message;
}
