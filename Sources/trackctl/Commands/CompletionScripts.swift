/// Scripts with which shells ask trackctl for completions.
enum CompletionScripts {
  static let bash = #"""
    # Completion of trackctl for bash. To have it in every shell:
    #   trackctl completion bash > ~/.local/share/bash-completion/completions/trackctl
    _trackctl() {
      local line=${COMP_LINE:0:COMP_POINT} words=() candidates=() candidate index cut
      # bash takes HOST:PORT, @latest and --flag=value apart: what no blank separates is one word.
      for ((index = 0; index <= COMP_CWORD; index++)); do
        if [[ $index = 0 || $line = [[:blank:]]* ]]; then
          words+=("")
          line=${line#"${line%%[![:blank:]]*}"}
        fi
        if ((index == COMP_CWORD)); then
          words[-1]+=$line
        else
          words[-1]+=${COMP_WORDS[index]}
          line=${line#"${COMP_WORDS[index]}"}
        fi
      done
      words[-1]=${words[-1]#[\"\']}
      mapfile -t candidates < <(trackctl __complete "${words[@]:1}" 2>/dev/null)
      COMPREPLY=()
      if [ "${candidates[0]-}" = ":files" ]; then
        compopt -o default 2>/dev/null
        return
      fi
      # It puts a candidate in the place of $2, which may be the last part alone.
      cut=${words[-1]%"${2-}"}
      for candidate in "${candidates[@]}"; do
        candidate=${candidate#"$cut"}
        printf -v candidate %q "$candidate"
        COMPREPLY+=("$candidate")
      done
    }
    complete -o nosort -F _trackctl trackctl 2>/dev/null || complete -F _trackctl trackctl

    """#

  static let zsh = #"""
    #compdef trackctl
    # Completion of trackctl for zsh. To have it in every shell, in a folder of $fpath:
    #   trackctl completion zsh > "${fpath[1]}/_trackctl"
    _trackctl() {
      local -a candidates
      candidates=("${(@f)$(trackctl __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
      if [[ "${candidates[1]}" == ":files" ]]; then
        _files
      else
        candidates=("${(@)candidates:#}")
        compadd -V trackctl -a candidates
      fi
    }
    if [ "$funcstack[1]" = "_trackctl" ]; then
      _trackctl "$@"
    else
      compdef _trackctl trackctl
    fi

    """#
}
