/** An invite step by step: a password, a second factor for whoever wants one, and then the way in. */
import type { AcceptInviteRequest } from "@postern/core/api/identity";
import { printableLine } from "@postern/core/printable";
import { useState } from "react";
import { Card } from "../ui/card.tsx";
import { Command } from "../ui/command.tsx";
import { Link } from "../ui/link.tsx";
import { PasswordForm } from "./password-form.tsx";
import { SecondFactor } from "./second-factor.tsx";

/** What the person gives for the invite. */
export type Choice = Omit<AcceptInviteRequest, "invite">;

export interface InvitationProps {
  readonly user: string;
  readonly clusterName: string;
  /** Throws Fault as the server does. */
  readonly accept: (choice: Choice) => Promise<void>;
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
