// node scripts/check-package.mjs TARBALL: whether what is packed works for whoever installs it, by
// publint (files and doors) and arethetypeswrong (types, for each door and each way to resolve it)
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const bytes = readFileSync(process.argv[2]);

const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
for (const message of messages) report(`publint: ${formatMessage(message, pkg)}`);

const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
if (!analysis.types) report('types: there are none');
// TypeScript's oldest way to resolve knows no `exports`: for it package.json has `typesVersions`.
else for (const problem of analysis.problems) report(`types: ${JSON.stringify(problem)}`);

if (process.exitCode === undefined) console.log('the package is well formed');

/** @param {string} problem */
function report(problem) {
  console.log(problem);
  process.exitCode = 1;
}
