import EventLoop

extension Command {
  static let completion = Command(
    CommandSpec(
      path: ["completion"], summary: "Print the script that completes trackctl's command lines.",
      operands: [Operand(name: "SHELL", help: "the shell", choices: ["bash", "zsh"])],
      examples: [
        ("source <(trackctl completion bash)", "for this bash"),
        ("trackctl completion zsh > \"${fpath[1]}/_trackctl\"", "for every zsh"),
      ])
  ) { arguments, _ in
    let isBash = arguments.operands[0] == "bash"
    StandardStream.output.write(isBash ? CompletionScripts.bash : CompletionScripts.zsh)
    return .success
  }
}
