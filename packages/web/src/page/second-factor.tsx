/** Offers a second factor: a secret for an authenticator app, which proves with its code that it has it. */
import type { AcceptInviteRequest } from "@postern/core/api/identity";
import { createTotpSecret, totpUri } from "@postern/core/credential/totp";
import { isFault } from "@postern/core/fault";
import { useState } from "react";
import { Command } from "../ui/command.tsx";
import { CodeField, codeOf } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { QrCode } from "../ui/qr-code.tsx";
import { useAction } from "../ui/use-action.ts";

interface SecondFactorProps {
  readonly user: string;
  readonly clusterName: string;
  /** Without `otp`: the password alone. */
  readonly accept: (otp?: AcceptInviteRequest["otp"]) => Promise<void>;
}

export function SecondFactor({ user, clusterName, accept }: SecondFactorProps) {
  const [secret] = useState(() => createTotpSecret(random));
  const action = useAction();
  const uri = totpUri(secret, { user, cluster: clusterName });
  const mistake = codeMistake(action.error);
  // What is said at the field isn't said again.
  const rest = mistake === undefined ? action : { ...action, error: undefined };
  return (
    <>
      <p>
        Scan this with an authenticator app, or type the secret into it. Then enter the code that it shows.
      </p>
      <QrCode text={uri} label="QR code with the secret for an authenticator app" />
      <Command line={secret} what="the secret" />
      <Form action={rest} onSubmit={(fields) => accept({ secret, code: codeOf(fields) })} submit="Confirm">
        <CodeField autoFocus mistake={mistake} />
      </Form>
      <button type="button" disabled={action.busy} onClick={() => void action.run(() => accept())}>
        Go on without a second factor
      </button>
    </>
  );
}

function random(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** What the server says of the code itself. */
function codeMistake(error: unknown): string | undefined {
  if (!isFault(error, "input.invalid")) return undefined;
  return error.data.issues?.find(({ path }) => path === "otp.code")?.message;
}
