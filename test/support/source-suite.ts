import type { SourceSuite } from "./source-fixture.ts";
import { sourceListingSuite } from "./source-listing-suite.ts";
import { sourceReaderSuite } from "./source-reader-suite.ts";

export type { SourceFixture, SourceSuite, SuiteItem } from "./source-fixture.ts";

/** What every source and its reader do, whatever is behind them. */
export function sourceSuite(suite: SourceSuite): void {
  sourceListingSuite(suite);
  sourceReaderSuite(suite);
}
