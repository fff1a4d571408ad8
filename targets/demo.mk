# The guest that `make demo` boots and captures.
MEM := file:build/guests/demo/memory.raw
