import type { CommandNode, OptionNode } from './command-tree.js';

/** To be read by fish: `rocketmq completion fish | source`. */
export function fishCompletion(tree: readonly CommandNode[]): string {
  const [{ path: root }, ...below] = tree;
  const lines = tree.flatMap((node) => linesOf(root, node));
  return `# Completion of ${root} for fish.
function __${root}_at
    set -l at ${root}
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case ${below.map(({ path }) => quoted(path)).join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete -c ${root} -f
${lines.join('\n')}
`;
}

function linesOf(root: string, { path, commands, options }: CommandNode): string[] {
  const here = `complete -c ${root} -n ${quoted(`__${root}_at ${path}`)}`;
  return [
    ...commands.map(({ name, about }) => `${here} -a ${name} -d ${quoted(about)}`),
    ...options.map((option) => `${here} ${nameWords(option)}${valueWords(option)} -d ${quoted(option.about)}`),
  ];
}

function nameWords({ names }: OptionNode): string {
  return names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
}

/** Files where the values are free. */
function valueWords({ takesValue, choices }: OptionNode): string {
  if (!takesValue) return '';
  return choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r -F';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
