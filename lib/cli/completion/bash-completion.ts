import type { CommandNode } from './command-tree.js';

/** To be read by bash: `source <(rocketmq completion bash)`. */
export function bashCompletion(tree: readonly CommandNode[]): string {
  const [{ path: root }, ...below] = tree;
  return `# Completion of ${root} for bash.
_${root}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path=${root} words= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${below.map(({ path }) => `'${path}'`).join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path $previous" in
${tree.flatMap(valuesOfOptions).join('\n')}
  esac
  case "$path" in
${tree.map(wordsOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${root} ${root}
`;
}

/** Of an option with free values nothing is offered, so that `-o default` offers files. */
function valuesOfOptions({ path, options }: CommandNode): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ names, choices }) => {
      const patterns = names.map((name) => `'${path} ${name}'`).join(' | ');
      return `    ${patterns}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`;
    });
}

function wordsOf({ path, commands, options }: CommandNode): string {
  const words = [...commands.map(({ name }) => name), ...options.flatMap(({ names }) => names)];
  return `    '${path}') words='${words.join(' ')}' ;;`;
}
