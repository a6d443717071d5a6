/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The options of tls:// that both programs have, and the context they make. */
#ifndef EXAMPLES_TLS_H
#define EXAMPLES_TLS_H

#include <tspdm/tls.h>

#include "common.h"
#include "psk.h"

/* Files of PEM; NULL: not given. */
struct tls_options {
	const char *cert, *key, *trust;
	const char *name;      /* verifier: what the certificate has to be for */
	struct text_list psks; /* ID:FILE */
};

bool tls_is_given(const struct tls_options *o);
/* Whether they go together. */
bool tls_check(const struct tls_options *o, char *why);
/* Reads what they name. */
bool tls_open(const struct tls_options *o, bool is_server, struct tspdm_tls_context **out, char *why);

#endif
