/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A table of messages as they are on the wire, for wire_layout.c, which has the tests and main(): each is read, and written
 * again the same; every shorter one is truncated; what follows it is padding, or too much where the size is known. */
#ifndef TSPDM_TEST_WIRE_LAYOUT_H
#define TSPDM_TEST_WIRE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* How the connection of a case differs from shape_of(). */
enum {
	UNSIGNED = 1,
	MULTI_KEY = 2,
	NO_SUMMARY = 4,
	NO_VERIFY_DATA = 8,
	HAS_NO_PADDING = 16, /* what follows is of the message, or makes it another */
	KEM = 32,            /* ExchangeData has 1568 bytes */
};

struct layout {
	const char *name;
	uint8_t version;
	unsigned differs;
	const char *message;
	size_t whole_from; /* where a shorter message is whole too: the least one that is */
};

extern const struct layout layouts[];
extern const size_t layout_count;

#endif
