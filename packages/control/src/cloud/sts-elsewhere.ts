/**
 * STS on one machine: where a stand-in listens and which CA vouches for it under the names of AWS. By configuration of tests
 * alone, never in AWS, and never by what a request says.
 */
export interface StsElsewhere {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly ca: string;
}
