/** A new password, twice. */
import { AcceptInviteRequest } from "@postern/core/api/identity";
import { useState } from "react";
import { Field, textOf } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { useAction } from "../ui/use-action.ts";

interface PasswordFormProps {
  readonly user: string;
  readonly onChosen: (password: string) => void;
}

interface Mistakes {
  readonly password?: string | undefined;
  readonly again?: string | undefined;
}

export function PasswordForm({ user, onChosen }: PasswordFormProps) {
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
