import type { Azurite } from "../../test/support/azurite.ts";

/** Places of one contestant with one set of files. All paths are absolute. */
export interface GuidSite {
  readonly azurite: Azurite;
  /** Exists already. */
  readonly container: string;
  /** SAS for the container, without the question mark. */
  readonly sas: string;
  /** What is saved. */
  readonly source: string;
  /** Where it is restored to; not there yet. */
  readonly target: string;
  /** HOME, and the working directory. */
  readonly home: string;
}

/** One way to bring files into a container and back. */
export interface GuidContestant {
  readonly name: string;
  readonly settings: string;
  /** Where the restored tree is. */
  restoredTo(site: GuidSite): string;
  environment(site: GuidSite): Readonly<Record<string, string>>;
  /** What is done before saving, and not measured with it. */
  prepare(site: GuidSite): readonly string[] | undefined;
  save(site: GuidSite): readonly string[];
  restore(site: GuidSite): readonly string[];
}
