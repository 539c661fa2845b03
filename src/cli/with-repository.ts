import type { OpenRepository } from "../repository/repository.ts";
import type { Invocation } from "./command.ts";
import type { FlagSet } from "./flags.ts";
import { openRepository } from "./repository-access.ts";

/** Opens the repository for the time of `work` and closes it whatever happens. */
export async function withRepository<R>(invocation: Omit<Invocation<FlagSet>, "flags">, work: (repository: OpenRepository) => Promise<R>): Promise<R> {
  const repository = await openRepository(invocation);
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}
