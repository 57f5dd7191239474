/** A form's field with its label, and below it what is wrong with it. */
import { type ComponentProps, useId } from "react";

interface FieldProps extends ComponentProps<"input"> {
  readonly label: string;
  readonly mistake?: string | undefined;
}

export function Field({ label, mistake, ...input }: FieldProps) {
  const id = useId();
  const mistakeId = `${id}-mistake`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={mistake !== undefined}
        aria-describedby={mistake === undefined ? undefined : mistakeId}
      />
      {mistake !== undefined && (
        <p id={mistakeId} className="mistake" role="alert">
          {mistake}
        </p>
      )}
    </div>
  );
}

/** Six digits from an authenticator app; people type them in two groups. */
export function CodeField(props: Omit<FieldProps, "label" | "type">) {
  return (
    <Field
      {...props}
      label="6-digit code"
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9]{3}\s?[0-9]{3}"
      title="6 digits"
      maxLength={7}
      required
      className="code"
    />
  );
}

export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

export function codeOf(fields: FormData): string {
  return textOf(fields, "code").replaceAll(/\s/g, "");
}
