import type { CommandNode } from './command-tree.js';

/** To be read by zsh: `source <(rocketmq completion zsh)`, or a file `_rocketmq` in `fpath`. */
export function zshCompletion(tree: readonly CommandNode[]): string {
  const [{ path: root }, ...below] = tree;
  return `#compdef ${root}
# Completion of ${root} for zsh.
_${root}() {
  local at=${root} word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${below.map(({ path }) => quoted(path)).join(' | ')}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${tree.flatMap(valuesOfOptions).join('\n')}
  esac
  case "$at" in
${tree.map(itemsOf).join('\n')}
  esac
  _describe -o '${root}' items
}
compdef _${root} ${root}
`;
}

function valuesOfOptions({ path, options }: CommandNode): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ names, choices }) => {
      const offer = choices.length > 0 ? `compadd -- ${choices.join(' ')}` : '_files';
      return `    ${names.map((name) => quoted(`${path} ${name}`)).join(' | ')}) ${offer}; return ;;`;
    });
}

function itemsOf({ path, commands, options }: CommandNode): string {
  const items = [
    ...commands.map(({ name, about }) => item(name, about)),
    ...options.flatMap(({ names, about }) => names.map((name) => item(name, about))),
  ];
  return `    ${quoted(path)}) items=(${items.join(' ')}) ;;`;
}

/** `name:description`, as _describe takes it. */
function item(name: string, about: string): string {
  return quoted(`${name}:${about.replaceAll(':', '\\:')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
