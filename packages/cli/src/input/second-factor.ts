/** A new second factor: given by POSTERN_OTP_SECRET and a code, or set up with an authenticator app at a terminal. */
import { randomBytes } from "node:crypto";
import { createTotpSecret, TotpSecret, totpPeriodOf, totpUri } from "@postern/core/credential/totp";
import { renderUnicodeCompact } from "uqr";
import { UsageError } from "../failure.ts";
import { note } from "../output/write.ts";
import { askText, askYesNo, isTerminal } from "./ask.ts";
import { codeProblem } from "./code.ts";

/** The secret, and a code by which its holder shows that he has it. */
export interface SecondFactor {
  readonly secret: string;
  readonly code: string;
}

/** For scripts. Throws UsageError where the code or the secret is missing. */
export function givenSecondFactor(code: string | undefined): SecondFactor | undefined {
  const given = process.env["POSTERN_OTP_SECRET"];
  if (code === undefined && given === undefined) return undefined;
  if (code === undefined) throw new UsageError("POSTERN_OTP_SECRET is set: give its code of now with --otp");
  if (given === undefined) throw new UsageError("--otp: set POSTERN_OTP_SECRET to the secret of the code");
  const secret = TotpSecret.safeParse(given.replaceAll(" ", "").toUpperCase());
  if (secret.success) return { secret: secret.data, code };
  throw new UsageError(`POSTERN_OTP_SECRET: ${secret.error.issues[0]?.message}`);
}

/** Undefined where the person wants none. */
export async function askSecondFactor(user: string, cluster: string): Promise<SecondFactor | undefined> {
  if (!isTerminal() || !(await askYesNo("Add a second factor, by an authenticator app?"))) return undefined;
  const secret = createTotpSecret(randomBytes);
  note(renderUnicodeCompact(totpUri(secret, { user, cluster })));
  note(`Let the app read this, or type the key into it: ${secret.replaceAll(/(.{4})(?=.)/g, "$1 ")}`);
  const code = await askText(
    "Code that the app shows",
    (text) => codeProblem(text) ?? mismatch(secret, text),
  );
  return { secret, code };
}

/** By this machine's clock; the control plane looks again by its own. */
function mismatch(secret: string, code: string): string | undefined {
  return totpPeriodOf(secret, code, Date.now()) === undefined
    ? "that isn't the app's code of now"
    : undefined;
}
