/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A flow through all that a requester and a responder do together, for one combination of what they can have. */
#ifndef TEST_MATRIX_FLOW_H
#define TEST_MATRIX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the session comes about, and whether the requester is authenticated. */
enum matrix_form {
	MATRIX_CERTIFICATE, /* of the responder alone */
	MATRIX_MUTUAL,      /* by a chain that the responder knows */
	MATRIX_MUTUAL_KEY,  /* by a key that the responder knows */
	MATRIX_ENCAPSULATED,
	MATRIX_IMPLICIT,
	MATRIX_BASIC,     /* after CHALLENGE; the session is without */
	MATRIX_PSK,       /* with ResponderContext */
	MATRIX_PSK_ALONE, /* without */
	MATRIX_FORMS
};

enum matrix_dimension {
	MATRIX_FORM, /* first: what others can be depends on it, and on the version */
	MATRIX_VERSION,
	MATRIX_ASYM,
	MATRIX_HASH,
	MATRIX_DHE, /* 0: the session is by pre-shared key */
	MATRIX_AEAD,
	MATRIX_REQ_ASYM, /* 0: the requester is not authenticated */
	MATRIX_CLEAR,    /* the handshake; 0 or 1, as those behind it */
	MATRIX_MAC_ONLY,
	MATRIX_CHUNKED, /* at the smallest DataTransferSize */
	MATRIX_SLOW,    /* all signers */
	MATRIX_BINDING, /* index of one */
	MATRIX_DIMENSIONS
};

enum { MATRIX_BINDINGS = 3 };

/* A value for each dimension: an algorithm's bit, or what is said above. */
struct matrix_case {
	uint32_t value[MATRIX_DIMENSIONS];
};

/* What the backend has, of an algorithm's dimension. */
uint32_t matrix_supported(enum matrix_dimension dimension);
/* Whether the standard has it so, and the backend. Dimensions that are not in `known` (bits) are still open. */
bool matrix_is_legal(const struct matrix_case *c, uint32_t known);
/* Runs the flow; asserts. */
void matrix_run(const struct matrix_case *c);
/* The case that ran last, for a person. */
const char *matrix_last(void);

#endif
