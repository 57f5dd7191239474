import { isFault } from "@postern/core/fault";
import { useState } from "react";
import type { SessionControl } from "../login/session.ts";
import { Card } from "../ui/card.tsx";
import { CodeField, codeOf, Field, textOf } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { useAction } from "../ui/use-action.ts";

interface LoginPageProps extends Pick<SessionControl, "logIn"> {
  /** Why the person has to log in once more. */
  readonly reason?: string | undefined;
}

/** User and password; the code where the server asks for it. */
export function LoginPage({ logIn, reason }: LoginPageProps) {
  const action = useAction();
  const [needsCode, setNeedsCode] = useState(false);
  const submit = async (fields: FormData) => {
    const credentials = { user: textOf(fields, "user"), password: textOf(fields, "password") };
    try {
      await logIn(needsCode ? { ...credentials, otp: codeOf(fields) } : credentials);
    } catch (error) {
      if (needsCode || !isFault(error, "auth.second_factor")) throw error;
      setNeedsCode(true);
    }
  };
  return (
    <Card title="Log in">
      {reason !== undefined && (
        <p className="notice" role="status">
          {reason}
        </p>
      )}
      <Form action={action} onSubmit={submit} submit={needsCode ? "Confirm" : "Log in"}>
        <Field label="User" name="user" autoComplete="username" autoCapitalize="none" required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {needsCode && <CodeField autoFocus />}
      </Form>
    </Card>
  );
}
