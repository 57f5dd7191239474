/**
 * Which places the AWS SDK looked for credentials in, and what each said. The SDK tells that to a client's logger alone:
 * the error that comes of it in the end says no more than that there are none.
 */
import { printable } from "../resource/printable.ts";

/** The SDK's names of its providers, in the order in which `defaultProvider` asks them. */
const providers: Readonly<Record<string, string>> = {
  fromEnv: "environment",
  fromSSO: "SSO",
  fromIni: "shared files",
  fromProcess: "process",
  fromTokenFile: "web identity token",
  remoteProvider: "container and instance metadata",
  "fromHttp/fromContainerMetadata": "container",
  fromInstanceMetadata: "instance metadata (IMDS)",
};

interface Asked {
  readonly provider: string;
  said: string | undefined;
}

/** Listens as a client's logger. Of all that it is told it keeps what is said of providers, and nothing else. */
export class ProviderChain {
  #asked: Asked[] = [];

  /** For the client's `logger`. Commands are told of by `info`, with their secrets: that is not listened to. */
  readonly logger = {
    trace: (): void => undefined,
    debug: (...content: unknown[]): void => this.#hear(content.map(String).join(" ")),
    info: (): void => undefined,
    warn: (): void => undefined,
    error: (): void => undefined,
  };

  /** `environment: …; SSO: …`, every place with what it said. */
  describe(): string {
    if (this.#asked.length === 0) return "no provider was asked";
    return this.#asked.map(({ provider, said }) => `${provider}: ${said ?? "no answer"}`).join("; ");
  }

  /** Whether the last place was asked and gave no answer: a container that is too many hops from it gets none. */
  get isMetadataSilent(): boolean {
    const last = this.#asked.at(-1);
    return (
      last !== undefined && last.provider === providers["fromInstanceMetadata"] && last.said === undefined
    );
  }

  #hear(line: string): void {
    const [, chain, name = ""] = /(defaultProvider|remoteProvider)::([\w/]+)/.exec(line) ?? [];
    const [, answer = ""] = /property-provider -> (.*)$/s.exec(line) ?? [];
    const isSkipped = answer.startsWith("AWS_PROFILE is set");
    if (name === "fromEnv" || isSkipped) this.#asked = [];
    // Which of the two it is, is told next.
    if (chain === "remoteProvider") this.#asked.pop();
    const provider = isSkipped ? providers["fromEnv"] : providers[name];
    if (provider !== undefined) this.#asked.push({ provider, said: undefined });
    if (answer !== "") this.#answer(answer);
  }

  /** What is asked for a place's own settings along the way isn't its answer. */
  #answer(text: string): void {
    const last = this.#asked.at(-1);
    if (last !== undefined && !/checking config file next/.test(text))
      last.said ??= printable(text.replace(/\.$/, ""));
  }
}
