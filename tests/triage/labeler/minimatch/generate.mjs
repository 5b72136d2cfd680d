// Ask the real minimatch which paths which patterns match, as actions/labeler asks it, and keep its answers.
//
//     npm install --no-save minimatch@10 && node generate.mjs > answers.json
//
// Each answer is [pattern, the numbers of the paths it matches with dot: true, those it matches with dot: false].
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(process.cwd() + '/');
const { Minimatch } = require('minimatch');

const { paths, patterns } = JSON.parse(readFileSync(new URL('questions.json', import.meta.url)));
const { version } = JSON.parse(readFileSync(require.resolve('minimatch/package.json', {}).replace(/dist.*$/, 'package.json')));
const ask = (pattern, dot) => {
  const matcher = new Minimatch(pattern, { dot });
  return paths.flatMap((path, index) => (matcher.match(path) ? [index] : []));
};
const answers = patterns.map(pattern => [pattern, ask(pattern, true), ask(pattern, false)]);
const lines = answers.map(answer => '    ' + JSON.stringify(answer));
console.log(`{\n  "minimatch": ${JSON.stringify(version)},\n  "answers": [\n${lines.join(',\n')}\n  ]\n}`);
