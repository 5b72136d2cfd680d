// Ask the real minimatch which paths which patterns match, as actions/labeler asks it, and keep its answers.
//
//     npm install --no-save minimatch@10.2.6
//     node generate.mjs questions.json > answers-10.json
//
// Each answer is [pattern, the numbers of the paths it matches with dot: true, those it matches with dot: false].
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { Minimatch } = createRequire(process.cwd() + '/')('minimatch');
const { paths, patterns } = JSON.parse(readFileSync(process.argv[2]));
const ask = (pattern, dot) => {
  const matcher = new Minimatch(pattern, { dot });
  return paths.flatMap((path, index) => (matcher.match(path) ? [index] : []));
};
const answers = patterns.map(pattern => JSON.stringify([pattern, ask(pattern, true), ask(pattern, false)]));
console.log(`[\n${answers.join(',\n')}\n]`);
