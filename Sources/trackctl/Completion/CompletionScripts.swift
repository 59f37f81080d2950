/// Scripts that let shells ask trackctl itself what can come next.
enum CompletionScripts {
  static let bash = #"""
    # Completion of trackctl for bash. To have it in every shell:
    #   trackctl completion bash > ~/.local/share/bash-completion/completions/trackctl
    _trackctl() {
      local candidates
      mapfile -t candidates < <(trackctl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
      if [ "${candidates[0]}" = ":files" ]; then
        compopt -o default 2>/dev/null
        COMPREPLY=()
      else
        COMPREPLY=("${candidates[@]}")
      fi
    }
    complete -F _trackctl trackctl

    """#

  static let zsh = #"""
    #compdef trackctl
    # Completion of trackctl for zsh. To have it in every shell, in a folder of $fpath:
    #   trackctl completion zsh > "${fpath[1]}/_trackctl"
    _trackctl() {
      local -a candidates
      candidates=("${(@f)$(trackctl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
      if [[ "${candidates[1]}" == ":files" ]]; then
        _files
      else
        candidates=("${(@)candidates:#}")
        compadd -a candidates
      fi
    }
    if [ "$funcstack[1]" = "_trackctl" ]; then
      _trackctl "$@"
    else
      compdef _trackctl trackctl
    fi

    """#
}
