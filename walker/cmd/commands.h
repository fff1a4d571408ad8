/* commands: all commands of the walker, in the order in which its help lists them.
 * COMMANDS(X) is X(NAME) for each; walker/cmd/NAME.c defines command_NAME.
 */
#ifndef WALKER_CMD_COMMANDS_H
#define WALKER_CMD_COMMANDS_H

#define COMMANDS(X) \
	X(ps) \
	X(top) \
	X(tree) \
	X(info) \
	X(maps) \
	X(read) \
	X(vtop)

#endif
