/** The evaluated infrastructure, as data: every resource that sst.config.ts registers, with its inputs. */

/** Values as the provider gets them. Tests index into them freely and compare; what is missing is undefined. */
export type Value = string | number | boolean | null | undefined | Value[] | { [key: string]: Value };

export interface Resource {
  readonly type: string;
  readonly name: string;
  /** Real, at AWS; false for SST's components. */
  readonly custom: boolean;
  protect: boolean;
  retainOnDelete: boolean;
  readonly inputs: { [key: string]: Value };
}

/** `type` and what a link shows to code. */
export type LinkProperties = { readonly [key: string]: Value };

export interface App {
  readonly name: string;
  readonly stage: string;
  protect: boolean;
  removal: string;
}

export interface Graph {
  readonly app: App;
  readonly resources: Resource[];
  /** The name in the program of each resource that has an ARN. */
  readonly namesByArn: Record<string, string>;
  readonly links: Record<string, LinkProperties>;
  /** What each function finds in SST's `Resource`. */
  readonly linksOf: Record<string, string[]>;
  /** Look-ups at AWS that the stand-in has no answer for. */
  readonly unknownCalls: string[];
}

/** A change to a source file that the evaluation sees instead of what is on disk. */
export interface SourceEdit {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}
