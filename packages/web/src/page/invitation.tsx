/** An invite step by step: a password, a second factor for whoever wants one, and then the way in. */
import { AcceptInviteRequest } from "@postern/core/api/identity";
import { printableLine } from "@postern/core/printable";
import { useState } from "react";
import { Card } from "../ui/card.tsx";
import { Command } from "../ui/command.tsx";
import { Field, textOf } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Link } from "../ui/link.tsx";
import { useAction } from "../ui/use-action.ts";
import { SecondFactor } from "./second-factor.tsx";

export interface InvitationProps {
  readonly user: string;
  readonly clusterName: string;
  /** Throws Fault as the server does. */
  readonly accept: (choice: { password: string; otp?: { secret: string; code: string } }) => Promise<void>;
}

type Step =
  | { readonly type: "password" }
  | { readonly type: "second-factor"; readonly password: string }
  | { readonly type: "done" };

export function Invitation({ user, clusterName, accept }: InvitationProps) {
  const [step, setStep] = useState<Step>({ type: "password" });
  switch (step.type) {
    case "password":
      return (
        <Card title={`Welcome, ${printableLine(user)}`}>
          <p>
            You are invited to the cluster <strong>{printableLine(clusterName)}</strong>. Choose a password.
          </p>
          <PasswordForm user={user} onChosen={(password) => setStep({ type: "second-factor", password })} />
        </Card>
      );
    case "second-factor":
      return (
        <Card title="Second factor">
          <SecondFactor
            user={user}
            clusterName={clusterName}
            accept={async (otp) => {
              await accept({ password: step.password, ...(otp && { otp }) });
              setStep({ type: "done" });
            }}
          />
        </Card>
      );
    case "done":
      return (
        <Card title="All set">
          <p>Your password is set. Log in here, or in a terminal:</p>
          <Command line={`postern login --proxy=${location.host} --user=${user}`} />
          <Link to="/login" className="button primary">
            Log in
          </Link>
        </Card>
      );
  }
}

interface PasswordFormProps {
  readonly user: string;
  readonly onChosen: (password: string) => void;
}

interface Mistakes {
  readonly password?: string | undefined;
  readonly again?: string | undefined;
}

function PasswordForm({ user, onChosen }: PasswordFormProps) {
  const action = useAction();
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const submit = async (fields: FormData) => {
    const password = textOf(fields, "password");
    const found = findMistakes(password, textOf(fields, "again"));
    setMistakes(found);
    if (found.password === undefined && found.again === undefined) onChosen(password);
  };
  return (
    <Form action={action} onSubmit={submit} submit="Continue">
      {/* Password managers file the password under it. */}
      <input name="user" autoComplete="username" value={user} readOnly hidden />
      <Field
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        autoFocus
        mistake={mistakes.password}
      />
      <Field
        label="The same again"
        name="again"
        type="password"
        autoComplete="new-password"
        required
        mistake={mistakes.again}
      />
    </Form>
  );
}

/** The password by the server's own rule, in its words. */
function findMistakes(password: string, again: string): Mistakes {
  const parsed = AcceptInviteRequest.shape.password.safeParse(password);
  return {
    password: parsed.error?.issues[0]?.message,
    again: password === again ? undefined : "these two differ",
  };
}
