# Sets loopback_adapter and loopback_client: addresses that no other process uses, as tests/lib/loopback.c has them. Sourced.
# shellcheck shell=bash disable=SC2034 # the caller uses what it sets
loopback_number=$((0x7f800000 + 2 * $$))
loopback_net=127.$((loopback_number >> 16 & 255)).$((loopback_number >> 8 & 255))
loopback_adapter=$loopback_net.$((loopback_number & 255))
loopback_client=$loopback_net.$((loopback_number & 255 | 1))
