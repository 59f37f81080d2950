// libFuzzer as a library (llvm.org/docs/LibFuzzer.html): it comes with the compiler and has no header.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Takes the fuzzer's flags and calls `target` with one input after the other. A target returns 0.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
