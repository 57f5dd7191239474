/** Where a password comes from: standard input, POSTERN_PASSWORD, or a prompt on a terminal. Never from a flag. */
import { UsageError } from "../failure.ts";
import { askSecret, isTerminal } from "./ask.ts";

/** Longer than any password that the API takes. */
const maxLine = 4096;

export interface PasswordOptions {
  readonly passwordStdin?: boolean;
}

/** Whether the password is given, in a script say: then nothing else is asked for either. */
export function isPasswordGiven({ passwordStdin }: PasswordOptions): boolean {
  return passwordStdin === true || process.env["POSTERN_PASSWORD"] !== undefined;
}

/** Throws UsageError where there is none and nobody to ask. */
export async function readPassword(message: string, options: PasswordOptions): Promise<string> {
  return (await givenPassword(options)) ?? (await ask(message));
}

/** Asks twice: a new password with a typing mistake in it locks its owner out. */
export async function readNewPassword(options: PasswordOptions): Promise<string> {
  const given = await givenPassword(options);
  if (given !== undefined) return given;
  const password = await ask("New password");
  if ((await ask("The same again")) !== password) throw new UsageError("the passwords differ");
  return password;
}

async function givenPassword({ passwordStdin }: PasswordOptions): Promise<string | undefined> {
  const password = passwordStdin ? await readFirstLine() : process.env["POSTERN_PASSWORD"];
  if (password === "") throw new UsageError("the password is empty");
  return password;
}

async function readFirstLine(): Promise<string> {
  if (process.stdin.isTTY)
    throw new UsageError("--password-stdin: standard input is a terminal; leave it out");
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.includes("\n") || text.length > maxLine) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}

async function ask(message: string): Promise<string> {
  if (isTerminal()) return await askSecret(message);
  throw new UsageError("no terminal to ask for the password: use --password-stdin, or POSTERN_PASSWORD");
}
