import { z } from "zod";
import type { EventHead } from "./event-types.ts";

// What the rules of all events are made of. Each takes the words that the documentation shows.

/** An event with this body. */
export type Event<Body> = EventHead & Body;

/** A text. */
export const text = (what: string): z.ZodString => z.string().describe(what);
/** A list of texts. */
export const texts = (what: string): z.ZodArray<z.ZodString> => z.array(z.string()).describe(what);
/** A number that is not negative. */
export const count = (what: string): z.ZodNumber => z.number().min(0).meta({ description: what });
/** Yes or no. */
export const flag = (what: string): z.ZodBoolean => z.boolean().describe(what);
/** A moment. */
export const time = (what: string): z.ZodString =>
  z
    .string()
    .regex(/^(\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|-?\d+)$/)
    .describe(`${what}; RFC 3339 in UTC, or nanoseconds since 1970 where that cannot hold it`);

type Head = { v: z.ZodLiteral<1>; ts: z.ZodString; run_id: z.ZodString };

/** What every event starts with. */
export const head: Head = {
  v: z.literal(1).describe("version of the event format; within it fields are only ever added"),
  ts: time("when the event was written"),
  run_id: text("the same in all events of one run of the program"),
};

/** Start of the summary of a command. */
export const summary = <C extends string>(command: C): Head & { message_type: z.ZodLiteral<"summary">; command: z.ZodLiteral<C> } => ({
  ...head,
  message_type: z.literal("summary"),
  command: z.literal(command),
});

/** Start of a result. */
export const result = <K extends string>(kind: K): Head & { message_type: z.ZodLiteral<"result">; kind: z.ZodLiteral<K> } => ({
  ...head,
  message_type: z.literal("result"),
  kind: z.literal(kind),
});
