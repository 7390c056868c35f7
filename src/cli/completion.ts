import { type ExitCode, exitCodes } from './exit-codes.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** `pipeline completion SHELL`: a script for the shell's start-up file; it asks the command itself for candidates. */
export function completion(shell: Shell): ExitCode {
  process.stdout.write(completionScript(shell));
  return exitCodes.ok;
}

export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash;
    case 'zsh':
      return zsh;
    case 'fish':
      return fish;
  }
}

// Bash cuts words at "=", ":" and "@" too, so the words are taken from the line, and of each candidate only what comes
// behind the last such character is handed back.
const bash = `# Completion of "pipeline" for bash. In ~/.bashrc: source <(pipeline completion bash)
_pipeline() {
  local line="\${COMP_LINE:0:COMP_POINT}" current words candidate head=""
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  [[ $current == *[=:@]* ]] && head="\${current%"\${current##*[=:@]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    COMPREPLY+=("\${candidate#"$head"}")
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  # A directory, or a key that waits for its value: no blank behind it.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _pipeline pipeline
`;

const zsh = `#compdef pipeline
# Completion of "pipeline" for zsh. In ~/.zshrc, after compinit: source <(pipeline completion zsh)
_pipeline() {
  local -a lines plain meant
  local line word
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    [[ -z $line ]] && continue
    word="\${line%%$'\\t'*}"
    if [[ $word == *[=/] ]]; then
      plain+=("$word")
    elif [[ $line == *$'\\t'* ]]; then
      meant+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    else
      meant+=("\${word//:/\\\\:}")
    fi
  done
  (( \${#plain} )) && compadd -S '' -- "\${plain[@]}"
  (( \${#meant} )) && _describe -V pipeline meant
  (( \${#plain} + \${#meant} )) || _files
}
compdef _pipeline pipeline
`;

const fish = `# Completion of "pipeline" for fish. In config.fish: pipeline completion fish | source
function __pipeline_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c pipeline -f -a '(__pipeline_complete)'
complete -c pipeline -n 'test -z "$(__pipeline_complete)"' -F
`;
