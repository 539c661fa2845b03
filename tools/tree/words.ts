import { Rng } from "./rng.ts";

// The most frequent words of a few languages; everything rarer is built from syllables.
const COMMON = (
  "the of and to in is that for it as with was on be by this are or from at which not have an but they you all were when we there can has " +
  "more will would if their what one about up other into than its only some could time these two may then do first any my now such like our " +
  "der die und das ist nicht ein eine mit von auf für dem werden wird auch sich nach bei über le la les des est une que dans pour pas sur " +
  "value index name file data type path size count error result return string number list node tree key state next buffer length read write"
).split(" ");
const ONSETS = "b c d f g h j k l m n p r s t v w br cl cr dr fl gr pl pr sc sh sp st str th tr ch".split(" ");
const NUCLEI = "a e i o u a e i o ai ea ie io ou".split(" ");
const CODAS = " l n r s t m nd nt rt st ck ng ss".split(" ");

const VOCABULARY_WORDS = 20_000;

/** 20,000 words, frequent ones first. Always the same. */
export const VOCABULARY: readonly string[] = vocabulary();

function vocabulary(): string[] {
  const rng = new Rng(1, 1);
  const words = new Set(COMMON);
  while (words.size < VOCABULARY_WORDS) {
    let word = "";
    for (let syllables = words.size < 3000 ? 1 + rng.below(2) : 2; syllables > 0; syllables--) word += rng.pick(ONSETS) + rng.pick(NUCLEI);
    word += rng.pick(CODAS);
    words.add(word);
  }
  return [...words];
}
